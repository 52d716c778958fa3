using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Programs;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary>Programs of others on both sides of a forward: nginx with the PROXY protocol, git and rsync.</summary>
public sealed class ForwardedProgramTests
{
    [Fact]
    public async Task Nginx_OnEitherSide_AgreesOnTheClient()
    {
        using var site = new Scratch();
        var (target, proxy) = (FreePorts.Next(), FreePorts.Next());
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            "127.0.0.1:%first%" = "first"
            "127.0.0.1:%second%" = "second"
            "127.0.0.1:%behind%" = { service = "behind", proxy_protocol = "required", trusted = ["127.0.0.1"] }

            [services.first]
            forward = "127.0.0.1:{{target}}"
            send_proxy = 1

            [services.second]
            forward = "127.0.0.1:{{target}}"
            send_proxy = 2

            [services.behind]
            exec = ["/bin/sh", "-c", "echo $TCPREMOTEIP:$TCPREMOTEPORT $TCPLOCALIP:$TCPLOCALPORT"]
            """);
        var file = site.Write("nginx.conf", Configuration(site, target, proxy, daemon.Port("behind")));
        await using var nginx = RunningProcess.Start("/usr/sbin/nginx", ["-e", "stderr", "-c", file]);

        foreach (var port in (string[])["first", "second"])
        {
            using var client = await Deadline.UntilAsync(
                () => AnsweredAsync(nginx, daemon.Port(port)), found => found is not null, "an answer of nginx");
            var answer = await client.ExchangeAsync("GET / HTTP/1.0\r\n\r\n");
            Assert.EndsWith($"\r\n\r\n{client.Name} {client.Server}", answer, StringComparison.Ordinal);
        }

        using (var client = await TcpPeer.ConnectAsync(proxy, from: "127.0.0.5"))
        {
            Assert.Equal($"{client.Name} {client.Server}\n", await client.ReadToEndAsync());
        }
    }

    [Fact]
    public async Task GitAndRsync_ThroughAForward_CopyWhatTheyShould()
    {
        using var site = new ServedFolder();
        using var own = new Scratch();
        var noise = ServedFolder.Noise(3_000_000);
        site.Write("repository/noise", noise);
        foreach (var command in (string[][])
            [
                ["init", "--quiet"], ["add", "noise"],
                ["-c", "user.name=test", "-c", "user.email=test@example.invalid", "commit", "--quiet", "-m", "first"],
            ])
        {
            await Command.OutputAsync("/usr/bin/git", ["-C", site["repository"], .. command]);
        }

        site.Write("rsyncd.conf", $"use chroot = no\n[tree]\npath = {site["repository"]}\n");
        await site.OpenAsync();
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            "127.0.0.1:%git%" = "togit"
            "127.0.0.1:%rsync%" = "torsync"
            "%dir%/git.sock" = "git"
            "%dir%/rsync.sock" = "rsync"
            [services]
            togit = { forward = "%dir%/git.sock" }
            torsync = { forward = "%dir%/rsync.sock" }
            [services.git]
            exec = ["/usr/bin/git", "daemon", "--inetd", "--export-all", "--base-path={{site.Folder}}"]
            user = "{{ServedFolder.User}}"
            env = { GIT_CONFIG_COUNT = "1", GIT_CONFIG_KEY_0 = "safe.directory", GIT_CONFIG_VALUE_0 = "*" }
            [services.rsync]
            exec = ["/usr/bin/rsync", "--daemon", "--config={{site["rsyncd.conf"]}}"]
            user = "{{ServedFolder.User}}"
            """);

        await Command.OutputAsync("/usr/bin/git", "clone", "--quiet", $"git://127.0.0.1:{daemon.Port("git")}/repository", own["clone"]);
        await Command.OutputAsync("/usr/bin/rsync", "--recursive", $"rsync://127.0.0.1:{daemon.Port("rsync")}/tree/", own["copy"]);

        foreach (var copy in (string[])["clone/noise", "copy/noise"])
        {
            Assert.Equal(noise, await File.ReadAllBytesAsync(own[copy], TestContext.Current.CancellationToken));
        }
    }

    /// <summary>A client of the port, once nginx listens behind it.</summary>
    private static async Task<TcpPeer> AnsweredAsync(RunningProcess nginx, int port)
    {
        Assert.False(nginx.HasExited, nginx.Errors.Tail);
        using var probe = await TcpPeer.ConnectAsync(port);
        return await Record.ExceptionAsync(() => probe.ExchangeAsync("GET / HTTP/1.0\r\n\r\n")) is null
            ? await TcpPeer.ConnectAsync(port, from: "127.0.0.5")
            : null!;
    }

    private static string Configuration(Scratch site, int target, int proxy, int behind) => $$"""
        load_module /usr/lib/nginx/modules/ngx_stream_module.so;
        daemon off;
        master_process off;
        pid {{site["nginx.pid"]}};
        events {}
        http {
            access_log off;
            client_body_temp_path {{site["body"]}};
            proxy_temp_path {{site["proxy"]}};
            fastcgi_temp_path {{site["fastcgi"]}};
            uwsgi_temp_path {{site["uwsgi"]}};
            scgi_temp_path {{site["scgi"]}};
            server {
                listen 127.0.0.1:{{target}} proxy_protocol;
                location / {
                    return 200 "$proxy_protocol_addr:$proxy_protocol_port $proxy_protocol_server_addr:$proxy_protocol_server_port";
                }
            }
        }
        stream {
            server {
                listen 127.0.0.1:{{proxy}};
                proxy_pass 127.0.0.1:{{behind}};
                proxy_protocol on;
            }
        }

        """;
}
