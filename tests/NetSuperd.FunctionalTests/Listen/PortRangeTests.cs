using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>An entry with a range or a list of ports: many sockets, and one entry in everything that people read.</summary>
[OnWindows]
public sealed class PortRangeTests
{
    [Fact]
    public async Task Range_OfPorts_AnswersOnEachAndIsOneEntry()
    {
        var first = FreePorts.NextOf(3);
        var range = Invariant($"127.0.0.1:{first}-{first + 2}");
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "{range}" = "echo"
            "[::1]:%x%,%y%" = "echo"
            """);

        for (var port = first; port <= first + 2; port++)
        {
            using var client = await TcpPeer.ConnectAsync(port);
            Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
        }

        using var other = await daemon.ConnectAsync("y", "::1");
        Assert.Equal("TEST", await other.ExchangeAsync("TEST"));
        Assert.Equal("2", daemon.Events.Single(found => found.Name == "Started")["Count"]);
        Assert.Contains(range, Listening(daemon));
        Assert.Equal(2, Listening(daemon).Count);
        Assert.Contains($"{range}  tcp ", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        Assert.Equal(5, (await daemon.StatusAsync()).Sockets.Count);
    }

    [Fact]
    public async Task Range_ThatGrowsAndGoes_KeepsItsSocketsAndIsOneLine()
    {
        var first = FreePorts.NextOf(4);
        var (before, after) = (Invariant($"127.0.0.1:{first}-{first + 2}"), Invariant($"127.0.0.1:{first}-{first + 3}"));
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "{before}" = "echo"
            %rest% = "echo"
            """);
        using var client = await TcpPeer.ConnectAsync(first);
        await client.SendAsync("TEST");
        Assert.Equal("TEST"u8.ToArray(), await client.ReceiveAsync(4));

        daemon.Edit(map => map.Replace(before, after, StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        using var added = await TcpPeer.ConnectAsync(first + 3);
        Assert.Equal("TEST", await added.ExchangeAsync("TEST"));
        Assert.Equal("MORE", await client.ExchangeAsync("MORE"));
        Assert.Equal(Invariant($"127.0.0.1:{first + 3}"), (await daemon.WaitForEventsAsync("Listening", 4))[^1]["Local"]);
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ListenerClosed");

        daemon.Edit(map => map.Replace($"\"{after}\" = \"echo\"", "", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        var closed = await daemon.WaitForEventAsync("ListenerClosed");
        Assert.Equal(after, closed["Local"]);
        Assert.Single(daemon.Events, found => found.Name == "ListenerClosed");
    }

    [OnLinux("children with the socket itself")]
    [Fact]
    public async Task Range_OfAWaitService_HasOneNameForAllItsDescriptors()
    {
        var first = FreePorts.NextOf(3);
        await using var daemon = await Daemon.StartAsync(Invariant($"""
            [ports]
            "127.0.0.1:{first}-{first + 2}" = "share"
            [services.share]
            exec = ["/usr/bin/perl", "-e", 'open S, "+<&=5"; accept C, S; print C "$ENV{"{LISTEN_FDS} $ENV{LISTEN_FDNAMES}"}"']
            wait = true
            fds = "listen"
            """));
        using var client = await TcpPeer.ConnectAsync(first + 2);

        Assert.Equal("3 share:share:share", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Range_ThatCannotBeBound_IsOneLine()
    {
        var first = FreePorts.NextOf(3);
        var range = Invariant($"192.0.2.1:{first}-{first + 2}");
        await using var daemon = Daemon.Launch($"""
            [ports]
            "{range}" = "echo"
            """, new DaemonSetup { Expected = ["StartFailed"] });

        Assert.Equal(71, await daemon.ExitAsync());
        var failed = Assert.Single(daemon.Events, found => found.Name == "StartFailed");
        Assert.StartsWith($"cannot bind {range}: ", failed["Reason"], StringComparison.Ordinal);
    }

    private static List<string?> Listening(Daemon daemon) =>
        [.. daemon.Events.Where(found => found.Name == "Listening").Select(found => (string?)found["Local"])];

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
