using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>How children end, and what is left of them: a record, an end of file for the client, and nothing else.</summary>
public sealed class ChildEndTests
{
    private const int Many = 300;

    [Theory]
    [InlineData("exit 0", "exited", "status 0")]
    [InlineData("exit 7", "exited", "status 7")]
    [InlineData("kill -SEGV $$", "killed", "SIGSEGV")]
    [InlineData("kill -KILL $$", "killed", "SIGKILL")]
    [InlineData("kill -TERM $$", "killed", "SIGTERM")]
    public async Task Child_ThatEnds_IsRecordedAndTheClientSeesTheEnd(string script, string end, string detail)
    {
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            %p% = "script"
            [services.script]
            exec = ["/bin/sh", "-c", "echo $$; {script}"]
            """);
        using var client = await daemon.ConnectAsync("p");
        var pid = (await client.ReadToEndAsync()).Trim();

        var record = (await daemon.WaitForRecordAsync(client.Name)).End;
        Assert.Equal((end, pid), (record["End"], record["Pid"]));
        Assert.EndsWith(detail, record["Detail"], StringComparison.Ordinal);
        Assert.Single(daemon.Events, found => found.Name == "ChildStarted");
        Assert.Single(daemon.Events, found => found.Name == "ChildEnded");
    }

    [Fact]
    public async Task Program_ThatVanished_IsARecordAndAnEndOfFile()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %p% = "gone"
            %echo% = "echo"
            [services.gone]
            exec = ["%dir%/gone"]
            """, new DaemonSetup
        {
            Prepare = scratch => File.Copy("/bin/cat", scratch["gone"]),
            Expected = ["SpawnFailed"],
        });
        File.Delete(daemon.Scratch["gone"]);
        using var client = await daemon.ConnectAsync("p");

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal("unspawned", (await daemon.WaitForRecordAsync(client.Name)).End["End"]);
        Assert.Equal("gone", (await daemon.WaitForEventAsync("SpawnFailed"))["Service"]);

        // Once it is back, it is served again; and others never noticed.
        File.Copy("/bin/cat", daemon.Scratch["gone"]);
        using var again = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await again.ExchangeAsync("TEST"));
        using var other = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await other.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Children_InHundreds_LeaveNoZombieAndNoDescriptor()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %cat% = "cat"
            [services.cat]
            exec = ["/bin/cat"]
            """);
        await ExchangeAsync(daemon, 1);
        await daemon.WaitForEventAsync("ChildEnded");
        var before = ProcFiles.Channels(daemon.Pid);

        for (var batch = 0; batch < Many; batch += 50)
        {
            await ExchangeAsync(daemon, 50);
        }

        await Deadline.UntilAsync(() => daemon.Events.Count(found => found.Name == "ChildEnded") == Many + 1, "an end record for each child");
        Assert.Equal(Many + 1, daemon.Events.Count(found => found.Name == "ChildStarted"));
        Assert.Empty(ProcFiles.Children(daemon.Pid));
        await Deadline.UntilAsync(() => ProcFiles.Channels(daemon.Pid) <= before, $"{before} sockets and pipes again");
    }

    [Fact]
    public async Task Connection_OfARunningChild_IsNotHeldByTheDaemon()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %cat% = "cat"
            [services.cat]
            exec = ["/bin/cat"]
            """);
        var before = ProcFiles.Sockets(daemon.Pid);
        using var client = await daemon.ConnectAsync("cat");
        await client.SendAsync("TEST");
        await client.ReceiveAsync(4);

        await Deadline.UntilAsync(() => ProcFiles.Sockets(daemon.Pid) == before, $"{before} sockets in the daemon while the child runs");
    }

    private static async Task ExchangeAsync(Daemon daemon, int clients) => await Task.WhenAll(Enumerable.Range(0, clients).Select(async number =>
    {
        using var client = await daemon.ConnectAsync("cat");
        Assert.Equal($"TEST {number}", await client.ExchangeAsync($"TEST {number}"));
    }));
}
