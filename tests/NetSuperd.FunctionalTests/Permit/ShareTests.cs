using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>
/// A source that uses up <c>rate</c> does not keep the others out, whether it stays, goes, or has reset before it was accepted.
/// </summary>
[OnWindows]
public sealed class ShareTests
{
    private const string Flood = "127.0.0.2";

    [Theory]
    [InlineData("handler", "defer", 1)]
    [LinuxData("exec", "defer", 1)]
    [InlineData("handler", "defer", 3)]
    [InlineData("handler", "refuse", 1)]
    public async Task Flood_OfClientsThatGo_LeavesTheServiceToTheOthers(string kind, string atLimit, int sources)
    {
        // Where they cost a token each, the last of them has one after minutes.
        await using var it = await Guarded.StartAsync(
            kind, $"rate = \"60/min\"\nat_limit = \"{atLimit}\"\nbanner_refused = \"{ClientGroup.Banner}\"");
        for (var i = 0; i < 300; i++)
        {
            using var dead = await it.ConnectAsync($"127.0.0.{2 + (i % sources)}");
            dead.Finish();
        }

        using var deadline = new CancellationTokenSource(Deadline.Default);
        for (var served = 0; served < 3;)
        {
            Assert.False(deadline.IsCancellationRequested, $"served {served}");
            for (var i = 0; i < 20; i++)
            {
                using var dead = await it.ConnectAsync($"127.0.0.{2 + (i % sources)}");
                dead.Finish();
            }

            using var other = await ClientGroup.EnterAsync(await it.ConnectAsync("127.0.0.99"));
            served += other is null ? 0 : 1;
        }

        var counted = await it.UntilAsync(found => found.Waiting < 10, "a backlog without dead clients");
        Assert.InRange(counted.For("source_rate"), 1, 360);
    }

    [Theory]
    [InlineData("handler")]
    [LinuxData("exec")]
    public async Task Reset_BeforeItIsAccepted_TakesNoTokenAndStartsNothing(string kind)
    {
        await using var it = await Guarded.StartAsync(kind, "rate = \"2/day\"");
        await it.Daemon.DoAsync("pause", "it");
        for (var i = 0; i < 50; i++)
        {
            using var gone = await it.ConnectAsync(Flood);
            await gone.SendAsync("x");
            gone.Reset();
        }

        using var finished = await it.ConnectAsync(Flood);
        await finished.SendAsync("last");
        finished.Finish();
        using var other = await it.ConnectAsync();
        await other.SendAsync(ClientGroup.Word);
        await it.Daemon.DoAsync("resume", "it");

        Assert.Equal("last", await finished.ReadToEndAsync());
        Assert.Equal(ClientGroup.Word, System.Text.Encoding.ASCII.GetString(await other.ReceiveAsync(ClientGroup.Word.Length)));
        Assert.Equal(2, (await it.CountAsync()).Use("rate").Used);
        Assert.Equal(0, await it.Daemon.StopAsync());
        Assert.Equal(2, it.Daemon.Events.Count(found => found.Name is "ConnectionStarted" or "ChildStarted"));
    }

    [OnLinux("a count of the clients that wait, by which they are accepted before there is a token")]
    [Theory]
    [InlineData("handler")]
    [LinuxData("exec")]
    public async Task Reset_WhileItWaitsForAToken_LeavesTheTokenToTheNextClient(string kind)
    {
        await using var it = await Guarded.StartAsync(kind, "rate = \"1/day\"");
        using var first = await it.EnterAsync("127.0.0.9");
        await it.Daemon.DoAsync("pause", "it");
        using var gone = await it.ConnectAsync(Flood);
        using var next = await it.ConnectAsync("127.0.0.3");
        await next.SendAsync(ClientGroup.Word);
        using var third = await it.ConnectAsync("127.0.0.4");
        using var fourth = await it.ConnectAsync("127.0.0.5");
        await it.Daemon.DoAsync("resume", "it");
        await it.UntilAsync(found => found.Use("max_connections").Used == 2, "a client that is accepted and waits for a token");
        gone.Reset();

        // Of one token a day one is missing, of three that is two: a single one is there now.
        await it.ReloadAsync("1/day", "2/day burst 3");

        Assert.Equal(ClientGroup.Word, System.Text.Encoding.ASCII.GetString(await next.ReceiveAsync(ClientGroup.Word.Length)));
        Assert.Equal(1, (await it.CountAsync()).Ended("reset"));
        await Deadline.UntilAsync(
            () => it.Daemon.Events.Count(found => found.Name is "ConnectionStarted" or "ChildStarted") == 2, "the start of two clients");
    }
}
