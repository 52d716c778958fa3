using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary>
/// Servers that are written for socket activation, sd_listen_fds(3): they take <c>LISTEN_FDS</c> from any service manager.
/// </summary>
public sealed class ActivationTests
{
    private const string Given = "pid=own fds=2 names=one:two closing=0 nonblocking=0 others=0";

    private const int MostStarts = 5;

    [Fact]
    public async Task Server_OfTwoPorts_ServesBothAndIsStartedAgain()
    {
        using var site = new ServedFolder();
        var program = await CFixture.CompileAsync("activated", site.Scratch);
        await site.OpenAsync();
        await using var daemon = await Daemon.StartAsync($$"""
            [ports]
            "127.0.0.1:%first%"  = { service = "server", name = "one" }
            "127.0.0.1:%second%" = { service = "server", name = "two" }
            [services.server]
            exec = ["{{program}}"]
            user = "{{ServedFolder.User}}"
            wait = true
            fds = "listen"
            """);

        for (var round = 1; round <= 3; round++)
        {
            await CheckAsync(daemon.Port("first"), daemon.Port("second"));
            await daemon.WaitForEventsAsync("ChildEnded", round);
        }

        Assert.Equal(3, daemon.Events.Count(found => found.Name == "ChildStarted"));
        Assert.All(daemon.Events.Where(found => found.Name == "ChildEnded"), found => Assert.Equal("with status 0", found["Detail"]));
        Assert.DoesNotContain(daemon.Events, found => found.Name == "WaitBackoff");
    }

    // What the one above is measured by.
    [Fact]
    public async Task Server_UnderSystemdSocketActivate_BehavesTheSame()
    {
        using var site = new ServedFolder();
        var program = await CFixture.CompileAsync("activated", site.Scratch);
        for (var start = 1; ; start++)
        {
            var (first, second) = (FreePorts.Next(), FreePorts.Next());
            await using var systemd = RunningProcess.Start(
                "systemd-socket-activate",
                [$"--listen=127.0.0.1:{first}", $"--listen=127.0.0.1:{second}", "--fdname=one:two", program]);
            try
            {
                // It says so on standard error: Listening on 127.0.0.1:PORT as 3.
                await systemd.Errors.FindAsync(
                    line => line.Contains($"127.0.0.1:{second} as 4", StringComparison.Ordinal) ? line : null, "both sockets");
            }
            catch (TimeoutException) when (systemd.HasExited && start < MostStarts)
            {
                // A port was taken between the probe and the bind.
                continue;
            }

            await CheckAsync(first, second);
            Assert.Equal(0, await systemd.ExitAsync());
            return;
        }
    }

    [Fact]
    public async Task SocketProxy_OfSystemd_PassesConnectionsOnUntilItIsIdleAndAgain()
    {
        using var site = new ServedFolder();
        site.Write("page", ServedFolder.Noise(200_000));
        await site.OpenAsync();
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%front%" = "proxy"
            "127.0.0.1:%web%"   = "web"
            [services.proxy]
            exec = ["/lib/systemd/systemd-socket-proxyd", "--exit-idle-time=200ms", "127.0.0.1:%web%"]
            user = "{ServedFolder.User}"
            wait = true
            fds = "listen"
            [services.web]
            exec = ["/bin/busybox", "httpd", "-i", "-h", "{site.Folder}"]
            user = "{ServedFolder.User}"
            """);

        for (var round = 1; round <= 2; round++)
        {
            using var own = new Scratch();
            await Command.OutputAsync(
                "curl", "--silent", "--show-error", "--fail", "--output", own["page"], $"http://127.0.0.1:{daemon.Port("front")}/page");

            await Command.OutputAsync("cmp", site["page"], own["page"]);
            await Deadline.UntilAsync(() => Ends() == round, $"end {round} of the proxy");
        }

        Assert.Equal(2, daemon.Events.Count(found => found.Name == "ChildStarted" && found["Service"] == "proxy"));

        int Ends() => daemon.Events.Count(found => found.Name == "ChildEnded"
            && found["Service"] == "proxy"
            && found["Detail"] == "with status 0");
    }

    // Says the same to every client, not only to the one that started it; the last client ends it.
    private static async Task CheckAsync(int first, int second)
    {
        Assert.Equal($"{Given} from=1\nTEST\n", await AskAsync(second, "TEST\n"));
        Assert.Equal($"{Given} from=0\nTEST\n", await AskAsync(first, "TEST\n"));
        Assert.Equal($"{Given} from=1\n", await AskAsync(second, "end\n"));
    }

    private static async Task<string> AskAsync(int port, string line)
    {
        using var client = await TcpPeer.ConnectAsync(port);
        await client.SendAsync(line);
        return await client.ReadToEndAsync();
    }
}
