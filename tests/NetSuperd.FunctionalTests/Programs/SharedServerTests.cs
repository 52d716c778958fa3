using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary>Servers that take a listening socket by LISTEN_FDS, several of them on one socket, and only as long as clients come.</summary>
public sealed class SharedServerTests
{
    private const string Proxy = "/lib/systemd/systemd-socket-proxyd";

    // The HTTP server of Python on the socket that it is given.
    private const string Http = """
        import http.server, os, socket
        class Server(http.server.HTTPServer):
            def server_bind(self): self.server_name, self.server_port = "it", 0
            def server_activate(self): pass
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(str(os.getpid()).encode())
        server = Server(("", 0), Handler)
        server.socket.close()
        server.socket = socket.socket(fileno=3)
        server.serve_forever(600)
        """;

    [Fact]
    public async Task SocketProxies_ServeTogetherAndEndWithoutClients()
    {
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            "127.0.0.1:%p%" = "it"
            "127.0.0.1:%echo%" = "echo"
            [services.it]
            exec = ["{{Proxy}}", "127.0.0.1:%echo%"]
            fds = "listen"
            wait = true
            processes = 2
            idle_stop = "300ms"
            """);
        var started = await daemon.WaitForEventsAsync("ChildStarted", 2);
        using (var first = await daemon.ConnectAsync("p"))
        using (var second = await daemon.ConnectAsync("p"))
        {
            Assert.Equal("TEST", await first.TalkAsync("TEST"));
            Assert.Equal("TEST", await second.TalkAsync("TEST"));
        }

        Assert.All(await daemon.WaitForEventsAsync("ChildEnded", 2), found => Assert.Contains(
            found["Pid"], started.Select(child => child["Pid"])));
        Assert.Equal("idle", (await daemon.WaitForEventAsync("ChildEnding"))["Reason"]);
        using var next = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await next.TalkAsync("TEST"));
        await daemon.WaitForEventsAsync("ChildStarted", 4);
    }

    [Fact]
    public async Task HttpServers_ShareOnePort()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "it"
            [services.it]
            exec = ["/usr/bin/python3", "%dir%/it.py"]
            fds = "listen"
            wait = true
            processes = 2
            """, new DaemonSetup { Prepare = scratch => File.WriteAllText(scratch["it.py"], Http) });
        var pids = new HashSet<string>();

        // A server that serves one client keeps it from the other, which serves the next one.
        using var silent = await daemon.ConnectAsync("p");
        await Deadline.UntilAsync(() => ProcFiles.Children(daemon.Pid).Count == 2, "two children");
        for (var client = 0; client < 5; client++)
        {
            pids.Add(await Command.OutputAsync("curl", "-s", "-m", "20", $"http://127.0.0.1:{daemon.Port("p")}/"));
        }

        Assert.Single(pids);
        silent.Dispose();
        Assert.Contains(pids.Single(), daemon.Events.Where(found => found.Name == "ChildStarted").Select(found => found["Pid"]));
    }

    [Fact]
    public async Task Nginx_EndsInOrderWithoutClientsAndServesTheNext()
    {
        Privilege.Require("the master process of nginx is root");
        using var site = new ServedFolder();
        site.Write("page/index.html", "page");
        await site.OpenAsync();
        var port = FreePorts.Next();
        site.Write("nginx.conf", $$"""
            daemon off;
            user nobody nogroup;
            pid {{site["nginx.pid"]}};
            events { }
            http {
                access_log off;
                keepalive_timeout 0;
                server { listen 127.0.0.1:{{port}}; root {{site["page"]}}; }
            }
            """);
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            "127.0.0.1:{{port}}" = "web"
            [services.web]
            exec = ["/usr/sbin/nginx", "-c", "{{site["nginx.conf"]}}", "-e", "stderr"]
            fds = "listen"
            env = { NGINX = "3;" }
            wait = true
            idle_stop = "1s"
            stop_signal = "QUIT"
            """);

        for (var round = 1; round <= 2; round++)
        {
            Assert.Equal("page", await Command.OutputAsync("curl", "-s", "-m", "20", $"http://127.0.0.1:{port}/"));
            Assert.All(await daemon.WaitForEventsAsync("ChildEnded", round), found => Assert.Equal("with status 0", found["Detail"]));
        }

        Assert.All(await daemon.WaitForEventsAsync("ChildEnding", 2), found => Assert.Equal("idle", found["Reason"]));
    }
}
