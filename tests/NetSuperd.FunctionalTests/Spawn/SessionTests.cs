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

    [Theory]
    [InlineData(Same)]
    [InlineData(OtherGroup)]
    [InlineData(Left)]
    [InlineData(LeftInAnotherGroup)]
    public async Task Stop_WhatObeys_EndsByTerm(string script)
    {
        await using var daemon = await StartAsync(script, "60s");
        using var client = await ConnectAsync(daemon);

        daemon.Signal(RunningProcess.SIGTERM);

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal(0, await daemon.ExitAsync());
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildKilled");
    }

    [Theory]
    [InlineData(Same)]
    [InlineData(OtherGroup)]
    [InlineData(Left)]
    [InlineData(LeftInAnotherGroup)]
    public async Task Stop_WhatIgnoresTerm_IsKilledAfterTheDrain(string script)
    {
        await using var daemon = await StartAsync($"$SIG{{TERM}} = 'IGNORE'; {script}", "300ms");
        using var client = await ConnectAsync(daemon);

        daemon.Signal(RunningProcess.SIGTERM);

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal(0, await daemon.ExitAsync());
    }

    [Fact]
    public async Task Stop_AStoppedChild_IsKilledAfterTheDrain()
    {
        await using var daemon = await StartAsync("$| = 1; print 'x'; kill 'STOP', $$", "300ms");
        using var client = await ConnectAsync(daemon);

        daemon.Signal(RunningProcess.SIGTERM);

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal(0, await daemon.ExitAsync());
        Assert.Equal("killed", (await daemon.WaitForEventAsync("ChildEnded"))["End"]);
    }

    private static Task<Daemon> StartAsync(string script, string drain) => Daemon.StartAsync($"""
        [ports]
        "127.0.0.1:%p%" = "perl"
        [services.perl]
        exec = ["/usr/bin/perl", "-e", "{script}"]
        [daemon]
        drain = "{drain}"
        """);

    private static async Task<TcpPeer> ConnectAsync(Daemon daemon)
    {
        var client = await daemon.ConnectAsync("p");
        await client.ReceiveAsync(1);
        return client;
    }
}
