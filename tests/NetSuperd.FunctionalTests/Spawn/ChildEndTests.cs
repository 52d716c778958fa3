using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>How children end, and what is left of them: a record, an end of file for the client, and nothing else.</summary>
public sealed class ChildEndTests
{
    [Fact]
    public async Task Child_ThatEnds_IsRecordedAndTheClientSeesTheEnd()
    {
        (string Script, string End, string Detail)[] ends =
        [
            ("exit 0", "exited", "status 0"), ("exit 7", "exited", "status 7"), ("kill -SEGV $$", "killed", "SIGSEGV"),
            ("kill -KILL $$", "killed", "SIGKILL"), ("kill -TERM $$", "killed", "SIGTERM"),
        ];
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            {string.Join('\n', ends.Select((_, i) => $"%p{i}% = \"script{i}\""))}
            {string.Join('\n', ends.Select(
                (one, i) => $"[services.script{i}]\nexec = [\"/bin/sh\", \"-c\", \"echo $$; {one.Script}\"]"))}
            """);
        foreach (var (i, (_, end, detail)) in ends.Index())
        {
            using var client = await daemon.ConnectAsync($"p{i}");
            var pid = (await client.ReadToEndAsync()).Trim();

            var record = (await daemon.WaitForRecordAsync(client.Name)).End;
            Assert.Equal((end, pid), (record["End"], record["Pid"]));
            Assert.EndsWith(detail, record["Detail"], StringComparison.Ordinal);
            Assert.Equal(i + 1, daemon.Events.Count(found => found.Name == "ChildStarted"));
            Assert.Equal(i + 1, daemon.Events.Count(found => found.Name == "ChildEnded"));
        }
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
