using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>How children end, and what is left of them: a record, an end of file for the client, and nothing else.</summary>
public sealed class ChildEndTests
{
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
}
