using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary><c>forward = "service:NAME"</c>: a service of the map is behind the forward, and starts when a client comes.</summary>
public sealed class ForwardedServiceTests
{
    private const string Serves = "while (accept(C, STDIN)) { syswrite(C, $$); sysread(C, $_, 10); close C }";

    [Fact]
    public async Task Child_BehindAForward_StartsWithAClientAndEndsWithoutOne()
    {
        await using var daemon = await StartAsync();
        var first = await ServedByAsync(daemon);
        var second = await ServedByAsync(daemon);

        Assert.NotEqual(first, second);
        Assert.Equal(["first", "second"], [await TalkAsync(daemon, "first"), await TalkAsync(daemon, "second")]);
    }

    [Fact]
    public async Task Connection_ToAService_ShowsTheSocketOfTheService()
    {
        await using var daemon = await StartAsync();
        using var client = await daemon.ConnectAsync("each");
        Assert.Equal("word", await client.TalkAsync("word"));
        var shown = (await daemon.ConnectionsAsync()).Single(live => live.Service == "each");
        Assert.Equal($"@netsuperd-cat-{daemon.Port("front")}", shown.Target);
    }

    private static Task<Daemon> StartAsync() => Daemon.StartAsync($"""
        [ports]
        "127.0.0.1:%front%" = "front"
        "127.0.0.1:%each%" = "each"
        "@netsuperd-app-%front%" = "app"
        "@netsuperd-cat-%front%" = "cat"

        [services.front]
        forward = "service:app"

        [services.each]
        forward = "service:cat"

        [services.app]
        exec      = ["/usr/bin/perl", "-e", '{Serves}']
        wait      = true
        idle_stop = "200ms"

        [services.cat]
        exec = ["/bin/cat"]
        """);

    /// <summary>The process id of the child that serves a client, once it has ended because it has none any more.</summary>
    private static async Task<string> ServedByAsync(Daemon daemon)
    {
        using var client = await daemon.ConnectAsync("front");
        var buffer = new byte[20];
        var pid = System.Text.Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer));
        client.Dispose();
        await daemon.WaitForEventAsync("ChildEnding", found => found["Reason"] == "idle");
        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == pid);
        return pid;
    }

    private static async Task<string> TalkAsync(Daemon daemon, string word)
    {
        using var client = await daemon.ConnectAsync("each");
        return await client.ExchangeAsync(word);
    }
}
