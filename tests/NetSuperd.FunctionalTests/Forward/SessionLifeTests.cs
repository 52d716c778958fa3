using System.Net;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary>What happens to sessions of forwarded datagrams when something else changes.</summary>
public sealed class SessionLifeTests
{
    [Fact]
    public async Task Session_OutlivesAReload_AndKeepsItsTarget()
    {
        using var before = new DatagramTarget(IPAddress.Loopback, FreePorts.Next());
        using var after = new DatagramTarget(IPAddress.Loopback, FreePorts.Next());
        await using var daemon = await StartAsync(before);
        using var client = DatagramPeer.Of(daemon.Port("app"));
        var from = await before.TalkAsync(client, "before");
        var id = (await daemon.ConnectionsAsync()).Single(live => live.Service == "app").Id;

        daemon.Edit(map => map.Replace($"{before.Port}", $"{after.Port}", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        Assert.Equal(from, await before.TalkAsync(client, "after"));
        Assert.Equal(id, (await daemon.ConnectionsAsync()).Single(live => live.Service == "app").Id);
        using var next = DatagramPeer.Of(daemon.Port("app"));
        await after.TalkAsync(next, "next");

        // The rules of the new map hold for every datagram.
        daemon.Edit(map => map.Replace("[services.app]", "[services.app]\nallow = []", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        client.Send("denied"u8.ToArray());
        Assert.Equal("address", (await daemon.WaitForEventAsync("DatagramRefused"))["Reason"]);
    }

    [Fact]
    public async Task Session_WhoseSocketIsGone_StillGetsItsAnswer()
    {
        using var target = new DatagramTarget(IPAddress.Loopback, FreePorts.Next());
        await using var daemon = await StartAsync(target);
        using var client = DatagramPeer.Of(daemon.Port("app"));
        client.Send("question"u8.ToArray());
        var (_, from) = await target.HearAsync();

        daemon.Edit(map => map.Replace($"\"127.0.0.1:{daemon.Port("app")}/udp\" = \"app\"", "", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        target.Send("answer"u8.ToArray(), from);

        Assert.Equal("answer"u8.ToArray(), await client.HearAsync());
        Assert.Equal("closed", (await daemon.WaitForRecordAsync(client.Name)).End["End"]);
    }

    [Fact]
    public async Task Session_WhoseSocketIsGone_EndsAlsoIfItsWorkerHangs()
    {
        using var target = new DatagramTarget(IPAddress.Loopback, FreePorts.Next());
        await using var daemon = await StartAsync(target);
        using var client = DatagramPeer.Of(daemon.Port("app"));
        client.Send("question"u8.ToArray());
        await target.HearAsync();
        var worker = (await daemon.StatusAsync()).Service("app").Worker!.Pid;
        await Command.OutputAsync("/bin/kill", "-STOP", $"{worker}");

        daemon.Edit(map => map.Replace($"\"127.0.0.1:{daemon.Port("app")}/udp\" = \"app\"", "", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        Assert.Equal("closed", (await daemon.WaitForRecordAsync(client.Name)).End["End"]);
        await Deadline.UntilAsync(() => Task.FromResult(IsFree(daemon.Port("app"))), isFree => isFree, "the port is free");
        await Command.OutputAsync("/bin/kill", "-CONT", $"{worker}");
    }

    [Fact]
    public async Task Session_GetsItsAnswer_AcrossARestart()
    {
        using var target = new DatagramTarget(IPAddress.Loopback, FreePorts.Next());
        await using var daemon = await StartAsync(target);
        using var client = DatagramPeer.Of(daemon.Port("app"));
        client.Send("question"u8.ToArray());
        var (_, from) = await target.HearAsync();

        await daemon.RestartAsync();
        target.Send("answer"u8.ToArray(), from);

        Assert.Equal("answer"u8.ToArray(), await client.HearAsync());
        Assert.NotEqual(from, await target.TalkAsync(client, "next"));
        await daemon.StopAllAsync();
    }

    [Fact]
    public async Task Worker_ThatIsKilled_LosesItsSessionsAndNoMore()
    {
        using var target = new DatagramTarget(IPAddress.Loopback, FreePorts.Next());
        await using var daemon = await StartAsync(target);
        using var client = DatagramPeer.Of(daemon.Port("app"));
        await target.TalkAsync(client, "before");
        var id = (await daemon.ConnectionsAsync()).Single(live => live.Service == "app").Id;

        await Command.OutputAsync("/bin/kill", "-KILL", $"{(await daemon.StatusAsync()).Service("app").Worker!.Pid}");

        Assert.Equal("worker_lost", (await daemon.WaitForEndAsync($"{id}"))["End"]);
        await target.TalkAsync(client, "after");
    }

    [Fact]
    public async Task Stop_EndsSessions_ThatWaitForNothing()
    {
        using var target = new DatagramTarget(IPAddress.Loopback, FreePorts.Next());
        await using var daemon = await StartAsync(target);
        using var client = DatagramPeer.Of(daemon.Port("app"));
        await target.TalkAsync(client, "word");

        Assert.Equal(0, await daemon.StopAsync());

        Assert.Equal("closed", (await daemon.WaitForRecordAsync(client.Name)).End["End"]);
    }

    private static bool IsFree(int port)
    {
        try
        {
            new DatagramTarget(IPAddress.Loopback, port).Dispose();
            return true;
        }
        catch (SocketException used) when (used.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }

    private static Task<Daemon> StartAsync(DatagramTarget target) => Daemon.StartAsync(
        $"""
        [ports]
        "127.0.0.1:%app%/udp" = "app"
        "127.0.0.1:%other%" = "echo"

        [services.app]
        forward = "127.0.0.1:{target.Port}"
        """);
}
