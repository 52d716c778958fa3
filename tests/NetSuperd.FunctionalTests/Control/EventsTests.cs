using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Control;

/// <summary><c>netsuperd events</c>.</summary>
public sealed class EventsTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%shut%" = "shut"

        [services.shut]
        handler = "echo"
        allow = []
        """;

    [Fact]
    public async Task Events_OverARestart_TellConnectionsAndChangesUntilTheStop()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        await using var reading = RunningProcess.Start(
            BuiltTree.Program, ["events", "--json", "--control", daemon.Scratch["control.sock"]]);
        await UntilReadAsync(daemon, reading);
        await TalkAsync(daemon);
        var end = await reading.Output.FindAsync(line => Of(line, "end"), "the end of a connection");
        Assert.Equal(("echo", "closed", 3), (end.Service, end.End, end.Received));
        using (var refused = await daemon.ConnectAsync("shut"))
        {
            await refused.ReceiveToEndAsync();
        }

        var refusal = await reading.Output.FindAsync(line => Of(line, "refused"), "a refusal");
        Assert.Equal("address", refusal.Reason);

        await daemon.RestartAsync();
        await reading.Output.FindAsync(line => Of(line, "restarted"), "the restart");
        await UntilReadAsync(daemon, reading);
        await daemon.StopAllAsync();
        await reading.Output.FindAsync(line => Of(line, "stopping"), "the stop");
        Assert.Equal(0, await reading.ExitAsync());
    }

    /// <summary>Pauses and resumes a service until the reader is told.</summary>
    private static Task<int> UntilReadAsync(Daemon daemon, RunningProcess reading)
    {
        var told = reading.Output.Lines.Count(line => Of(line, "resumed") is not null);
        return Deadline.UntilAsync(
            async () =>
            {
                await daemon.DoAsync("pause", "echo");
                await daemon.DoAsync("resume", "echo");
                return reading.Output.Lines.Count(line => Of(line, "resumed") is not null);
            },
            count => count > told,
            "the reader of events is told of a change");
    }

    private static async Task TalkAsync(Daemon daemon)
    {
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("abc", await client.TalkAsync("abc"));
        client.Finish();
        await client.ReceiveToEndAsync();
    }

    private static Happened? Of(string line, string name) =>
        StatusJson.Read<Happened>(line) is var happened && happened.Event == name ? happened : null;

    /// <summary>A line of <c>events --json</c>.</summary>
    private sealed record Happened(
        string Event, DateTimeOffset Time, string? Service = null, string? End = null, long? Received = null, string? Reason = null);
}
