using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary>Servers that run all the time: dnsmasq and vsftpd bind their ports themselves, and nginx also takes sockets.</summary>
public sealed class ServerProgramTests
{
    // The address of example.test (RFC 1035, section 4.1): one question, of type A and class IN.
    private static readonly byte[] Question =
        [.. Convert.FromHexString("123401000001000000000000"), .. "\aexample\u0004test\0"u8, 0, 1, 0, 1];

    [Fact]
    public async Task Dnsmasq_IsAskedAgainAfterItsEnd()
    {
        var port = FreePorts.Next();
        await using var daemon = await Daemon.StartAsync($"""
            [services.dns]
            exec = ["/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file",
                "--listen-address=127.0.0.1", "--bind-interfaces", "--port={port}", "--user={ServedFolder.User}",
                "--address=/example.test/192.0.2.7"]
            start = "always"
            fds = "none"
            """);
        await AnswersAsync(port);
        var first = (await daemon.StatusAsync()).Service("dns").Server!.Pid;

        await daemon.DoAsync("signal", "dns", "KILL");

        await daemon.WaitForEventAsync("ServerRestarts");
        await AnswersAsync(port);
        Assert.NotEqual(first, (await daemon.StatusAsync()).Service("dns").Server!.Pid);
    }

    [Fact]
    public async Task Vsftpd_OnItsOwn_ServesAcrossARestart()
    {
        Privilege.Require("vsftpd changes its root directory and its user");
        using var site = new ServedFolder();
        site.Write("noise", ServedFolder.Noise(300_000));
        Directory.CreateDirectory(site["empty"]);
        var port = FreePorts.Next();
        site.Write("vsftpd.conf", $"""
            listen=YES
            listen_ipv6=NO
            listen_address=127.0.0.1
            listen_port={port}
            background=NO
            ftp_username=ftp
            nopriv_user=nobody
            secure_chroot_dir={site["empty"]}
            anonymous_enable=YES
            no_anon_password=YES
            anon_root={site.Folder}
            connect_from_port_20=NO

            """);
        await site.OpenAsync();
        await using var daemon = await Daemon.StartAsync($"""
            [services.ftp]
            exec = ["/usr/sbin/vsftpd", "{site["vsftpd.conf"]}"]
            start = "always"
            fds = "none"
            """);
        await FetchAsync(site, port);
        var pid = (await daemon.StatusAsync()).Service("ftp").Server!.Pid;

        await daemon.RestartAsync();

        await FetchAsync(site, port);
        Assert.Equal(pid, (await daemon.StatusAsync()).Service("ftp").Server!.Pid);
        await daemon.DoAsync("stop", "ftp");
        await daemon.WaitForEventAsync("ChildEnded");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nginx_ReadsItsConfigurationAgainAtHup(bool inherits)
    {
        Privilege.Require("the master process of nginx is root");
        using var site = new ServedFolder();
        site.Write("one/index.html", "one");
        site.Write("two/index.html", "two");
        var port = FreePorts.Next();
        WriteConfiguration(site, port, "one");
        await site.OpenAsync();

        // It takes the sockets whose numbers this variable has, as at an upgrade of its own program.
        var (ports, key) = inherits
            ? ($"\"127.0.0.1:{port}\" = \"web\"", "fds = \"listen\"\nenv = { NGINX = \"3;\" }")
            : ("", "fds = \"none\"");
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            {ports}
            [services.web]
            exec = ["/usr/sbin/nginx", "-c", "{site["nginx.conf"]}", "-e", "stderr"]
            start = "always"
            {key}
            """);
        await ShowsAsync(port, "one");
        var pid = (await daemon.StatusAsync()).Service("web").Server!.Pid;
        WriteConfiguration(site, port, "two");

        await daemon.DoAsync("signal", "web", "HUP");

        await ShowsAsync(port, "two");
        Assert.Equal(pid, (await daemon.StatusAsync()).Service("web").Server!.Pid);
        await daemon.DoAsync("stop", "web");
        Assert.Equal("exited", (await daemon.WaitForEventAsync("ChildEnded"))["End"]);
        await daemon.DoAsync("start", "web");
        await ShowsAsync(port, "two");
    }

    private static void WriteConfiguration(ServedFolder site, int port, string folder) => site.Write("nginx.conf", $$"""
        daemon off;
        user nobody nogroup;
        pid {{site["nginx.pid"]}};
        events { }
        http {
            access_log off;
            server { listen 127.0.0.1:{{port}}; root {{site[folder]}}; }
        }
        """);

    private static async Task AnswersAsync(int port)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        client.Connect("127.0.0.1", port);
        var answer = new byte[512];
        await Deadline.UntilAsync(
            () =>
            {
                try
                {
                    client.Send(Question);
                    return client.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead)
                        && client.Receive(answer) is var length && answer.AsSpan(0, length).EndsWith((byte[])[192, 0, 2, 7]);
                }
                catch (SocketException)
                {
                    // It does not listen yet.
                    return false;
                }
            },
            "an answer of the name server");
    }

    private static Task FetchAsync(ServedFolder site, int port) => UntilFetchedAsync(
        $"ftp://127.0.0.1:{port}/noise", Convert.ToHexString(ServedFolder.Noise(300_000)), site["fetched"]);

    private static Task ShowsAsync(int port, string text) => UntilFetchedAsync(
        $"http://127.0.0.1:{port}/", Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes(text)), null);

    private static async Task UntilFetchedAsync(string address, string bytes, string? file)
    {
        using var own = new Scratch();
        file ??= own["fetched"];
        await Deadline.UntilAsync(
            () => Command.RunAsync("curl", "--silent", "--output", file, address),
            fetched => fetched.Status == 0 && Convert.ToHexString(File.ReadAllBytes(file)) == bytes,
            $"{address} is fetched");
    }
}
