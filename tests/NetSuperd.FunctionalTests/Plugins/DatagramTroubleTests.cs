using System.Globalization;
using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Permit;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Whatever a handler of datagrams does costs its own datagrams only.</summary>
[OnWindows]
public sealed class DatagramTroubleTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Fact]
    public async Task Handler_ThatThrows_LosesItsDatagramOnly()
    {
        await using var daemon = await StartAsync("DatagramFailed");
        using var client = DatagramPeer.Of(daemon.Port("throws"));
        for (var i = 0; i < 30; i++)
        {
            // What was sent before still goes out.
            Assert.Empty(await client.AskAsync([]));
            Assert.Equal("x", await client.AskAsync("x"));
        }

        var failed = await daemon.WaitForEventAsync("DatagramFailed");
        Assert.Equal((4006, "throws-datagram"), (failed.Id, failed["Service"]));
        Assert.StartsWith("127.0.0.1:", failed["Peer"], StringComparison.Ordinal);
        var counted = await Counted.UntilAsync(daemon, "throws-datagram", found => found.Datagrams("received") == 60, "all of them");
        Assert.Equal((60, 30), (counted.Datagrams("received"), counted.Datagrams("failed")));
        Assert.InRange(daemon.Events.Count(found => found.Name == "DatagramFailed"), 1, 29);
    }

    [OnLinux("the call in which a thread waits")]
    [Fact]
    public async Task Handler_ThatBlocks_IsNamedAndDelaysNoOtherClient()
    {
        await using var daemon = await StartAsync();
        using var client = DatagramPeer.Of(daemon.Port("blocks"));
        using var other = DatagramPeer.Of(daemon.Port("echo"));
        client.Send([]);

        var named = await daemon.WaitForEventAsync("DatagramHandlerBlocks");
        Assert.Equal(("blocks-datagram", "blocks-datagram"), (named["Service"], named["Handler"]));
        Assert.Contains("without a time limit", named["Call"], StringComparison.Ordinal);
        Assert.Equal("x", await other.AskAsync("x"));

        // Another map comes into force in between.
        daemon.Edit(map => map.Replace("drain = \"2s\"", "drain = \"1s\"", StringComparison.Ordinal)
            + "\n[services.blocks-datagram]\nhandler = \"blocks-datagram\"\nrate = \"1000/s\"\n");
        await daemon.DoAsync("reload");
        Assert.Equal("y", await other.AskAsync("y"));
        client.Send("after"u8.ToArray());
        using var releasing = DatagramPeer.Of(daemon.Port("releases"));
        releasing.Send([]);
        Assert.Empty(await client.HearAsync());
        Assert.Equal("after"u8.ToArray(), await client.HearAsync());
    }

    [Fact]
    public async Task Handler_ThatNeverReturns_DoesNotHoldUpTheStop()
    {
        await using var daemon = await StartAsync();
        using var client = DatagramPeer.Of(daemon.Port("blocks"));
        client.Send([]);
        await daemon.WaitForEventAsync("DatagramHandlerBlocks");

        Assert.Equal(0, await daemon.StopAsync());
    }

    [Fact]
    public async Task Answer_FromAnotherThread_IsAnErrorOfTheHandler()
    {
        await using var daemon = await StartAsync();
        using var client = DatagramPeer.Of(daemon.Port("elsewhere"));

        Assert.Equal("InvalidOperationException", await client.AskAsync("x"));
    }

    [OnLinux("unix sockets, and a limit of descriptors")]
    [Fact]
    public async Task Reload_MoreDatagramServicesThanThereIsRoomFor_FailsTheRestUntilThereIsRoom()
    {
        const int Services = 40;
        await using var daemon = await plugins.StartAsync(new DaemonSetup { Expected = ["BindFailed"] }, "2s", "format = \"json\"");
        await LimitAsync(daemon, 100);
        var all = Enumerable.Range(0, Services).ToList();
        var ports = string.Concat(all.Select(i => $"\"{daemon.Scratch[$"{i}"]}\" = {{ service = \"it{i}\", type = \"datagram\" }}\n"));
        var services = string.Concat(all.Select(i => $"\n[services.it{i}]\nhandler = \"throws-datagram\"\n"));
        daemon.Edit(map => map.Replace("[ports]\n", "[ports]\n" + ports, StringComparison.Ordinal) + services);

        await daemon.DoAsync("reload");

        await daemon.WaitForEventAsync("BindFailed");
        var failed = await FailedAsync();
        Assert.InRange(failed.Count, 1, Services - 1);
        Assert.All(failed, reason => Assert.Contains("raise its limit", reason, StringComparison.Ordinal));
        await LimitAsync(daemon, 1000);
        await Deadline.UntilAsync(FailedAsync, left => left.Count == 0, "every service serves");

        foreach (var i in all)
        {
            using var client = DatagramPeer.OfUnix(daemon.Scratch[$"{i}"], daemon.Scratch[$"own{i}"]);
            Assert.Equal("x", await client.AskAsync("x"));
        }

        async Task<List<string>> FailedAsync() => [.. (await daemon.StatusAsync()).Services
            .Where(service => service.State == "failed")
            .Select(service => service.Reason!)];
    }

    private Task<Daemon> StartAsync(params string[] expected) => Daemon.StartAsync(
        $"""
        [ports]
        "%echo%/udp" = "echo"
        "127.0.0.1:%throws%/udp" = "throws-datagram"
        "127.0.0.1:%elsewhere%/udp" = "elsewhere-datagram"
        "127.0.0.1:%blocks%/udp" = "blocks-datagram"
        "127.0.0.1:%releases%/udp" = "releases-datagram"
        [daemon]
        plugins = "{plugins.Folder}"
        drain = "2s"
        """,
        new DaemonSetup { Expected = expected });

    /// <summary>Leaves it so many descriptors.</summary>
    private static Task<string> LimitAsync(Daemon daemon, int free) => Command.OutputAsync(
        "/usr/bin/prlimit", "--pid", $"{daemon.Pid}",
        string.Create(CultureInfo.InvariantCulture, $"--nofile={ProcFiles.Descriptors(daemon.Pid) + free}:4096"));
}
