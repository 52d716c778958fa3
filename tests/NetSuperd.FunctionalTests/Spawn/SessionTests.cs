using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>The stop reaches what a child has started: by its process group, and then by its session.</summary>
public sealed class SessionTests
{
    // The client sees the end of transmission only when every process that has the connection is gone.
    private const string Same = "if (!fork) { $| = 1; print 'x'; sleep 1 while 1 } sleep 1 while 1";
    private const string OtherGroup = "if (!fork) { setpgrp; $| = 1; print 'x'; sleep 1 while 1 } sleep 1 while 1";
    private const string Left = "if (!fork) { $| = 1; print 'x'; sleep 1 while 1 }";
    private const string LeftInAnotherGroup = "if (!fork) { if (!fork) { setpgrp; $| = 1; print 'x'; sleep 1 while 1 } sleep 1 while 1 }";

    private static readonly string[] All = [Same, OtherGroup, Left, LeftInAnotherGroup];

    [Fact]
    public async Task Stop_WhatObeys_EndsByTerm()
    {
        await using var daemon = await StartAsync("60s", All);

        await StopAsync(daemon);

        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildKilled");
    }

    [Fact]
    public async Task Stop_WhatIgnoresTerm_IsKilledAfterTheDrain()
    {
        await using var daemon = await StartAsync("300ms", [.. All.Select(script => $"$SIG{{TERM}} = 'IGNORE'; {script}")]);

        await StopAsync(daemon);
    }

    [Fact]
    public async Task Stop_AStoppedChild_IsKilledAfterTheDrain()
    {
        await using var daemon = await StartAsync("300ms", "$| = 1; print 'x'; kill 'STOP', $$");

        await StopAsync(daemon);

        Assert.Equal("killed", (await daemon.WaitForEventAsync("ChildEnded"))["End"]);
    }

    /// <summary>Stops the daemon while each service has a client, and each client sees the end.</summary>
    private static async Task StopAsync(Daemon daemon)
    {
        var clients = new List<TcpPeer>();
        foreach (var service in (await daemon.StatusAsync()).Services)
        {
            clients.Add(await daemon.ConnectAsync(service.Name));
            await clients[^1].ReceiveAsync(1);
        }

        daemon.Signal(RunningProcess.SIGTERM);

        foreach (var client in clients)
        {
            Assert.Equal("", await client.ReadToEndAsync());
            client.Dispose();
        }

        Assert.NotEmpty(clients);
        Assert.Equal(0, await daemon.ExitAsync());
    }

    private static Task<Daemon> StartAsync(string drain, params string[] scripts) => Daemon.StartAsync($"""
        [ports]
        {string.Join('\n', scripts.Select((_, i) => $"\"127.0.0.1:%p{i}%\" = \"p{i}\""))}
        {string.Join('\n', scripts.Select((script, i) => $"[services.p{i}]\nexec = [\"/usr/bin/perl\", \"-e\", \"{script}\"]"))}
        [daemon]
        drain = "{drain}"
        """);
}
