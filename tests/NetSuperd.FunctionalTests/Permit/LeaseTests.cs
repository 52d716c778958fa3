using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>A place comes back when its connection or child has ended, however it ended, and not before.</summary>
[OnWindows]
public sealed class LeaseTests
{
    private const int Most = 4;
    private static readonly string Keys = $"max_connections = {Most}\n{Guarded.Refuse}";

    [Theory]
    [InlineData("handler")]
    [LinuxData("exec")]
    public async Task Clients_ThatReset_NoLongerCount(string kind)
    {
        await using var it = await Guarded.StartAsync(kind, Keys);
        using var group = await it.ComeAsync(Most);
        Assert.Equal(0, await it.VisitAsync(1));

        foreach (var client in group.Served)
        {
            client.Reset();
        }

        await it.AssertRoomAsync(Most);
    }

    [Theory]
    [InlineData("handler", "tcp")]
    [LinuxData("exec", "tcp")]
    [LinuxData("exec", "unix")]
    public async Task Connections_ThatTheOperatorAborts_NoLongerCount(string kind, string transport)
    {
        await using var it = await Guarded.StartAsync(kind, Keys, transport);
        using var group = await it.ComeAsync(Most);
        foreach (var connection in await it.Daemon.ConnectionsAsync())
        {
            await it.Daemon.DoAsync("abort", id: connection.Id);
        }

        await it.AssertRoomAsync(Most);

        // A child may see the reset and end before it is killed; those that come after all of them end by themselves.
        var counted = await it.CountAsync();
        Assert.Equal(
            kind == "handler" ? Most : 2 * Most, counted.Ended(kind == "handler" ? "aborted" : "killed") + counted.Ended("exited"));
    }

    [OnLinux("children")]
    [Fact]
    public async Task Children_ThatAreKilled_NoLongerCount()
    {
        await using var it = await Guarded.StartAsync("exec", Keys);
        using var group = await it.ComeAsync(Most);

        await Command.OutputAsync("/bin/kill", ["-9", .. ProcFiles.Children(it.Daemon.Pid).Select(child => $"{child.Pid}")]);

        await it.AssertRoomAsync(Most);
        Assert.Equal(Most, (await it.CountAsync()).Ended("killed"));
    }

    [OnLinux("children")]
    [Fact]
    public async Task Children_ThatCannotBeStarted_DoNotCount()
    {
        await using var daemon = await Daemon.StartAsync(
            $"[ports]\n\"127.0.0.1:%p%\" = \"it\"\n[services.it]\nexec = [\"%dir%/cat\"]\n{Keys}",
            new DaemonSetup { Expected = ["SpawnFailed"], Prepare = scratch => File.Copy("/bin/cat", scratch["cat"]) });
        var it = new Guarded(daemon, "tcp");
        File.Move(daemon.Scratch["cat"], daemon.Scratch["gone"]);
        for (var i = 0; i < 3 * Most; i++)
        {
            using var client = await it.ConnectAsync();
            Assert.Equal("", await client.ReadToEndAsync());
            await it.UntilAsync(found => found.Ended("unspawned") == i + 1, "an end record");
        }

        File.Move(daemon.Scratch["gone"], daemon.Scratch["cat"]);

        await it.AssertRoomAsync(Most);
    }

    [Theory]
    [InlineData("handler")]
    [LinuxData("exec")]
    public async Task Reload_WithALowerLimit_CutsNoConnectionAndLetsInNoneBeforeThereIsRoom(string kind)
    {
        await using var it = await Guarded.StartAsync(kind, Keys);
        using var group = await it.ComeAsync(Most);

        await it.ReloadAsync($"max_connections = {Most}", "max_connections = 2");

        Assert.Equal((Most, 2), (await it.CountAsync()).Use("max_connections"));
        await group.TalkAsync();
        for (var left = Most - 1; left >= 2; left--)
        {
            await ClientGroup.LeaveAsync(group.Served[left]);
            await it.UntilAsync(found => found.Use("max_connections").Used == left, $"{left} places taken");
            Assert.Equal(0, await it.VisitAsync(1));
        }

        await ClientGroup.LeaveAsync(group.Served[1]);
        await it.UntilAsync(found => found.Use("max_connections").Used == 1, "one place taken");
        Assert.Equal(1, await it.VisitAsync(1));
        await ClientGroup.LeaveAsync(group.Served[0]);
        await it.AssertRoomAsync(2);
    }

    [Theory]
    [InlineData("handler", "max_connections = 4")]
    [LinuxData("exec", "max_connections = \"unlimited\"")]
    public async Task Reload_WithAHigherLimit_LetsInTheWaitingClients(string kind, string limit)
    {
        await using var it = await Guarded.StartAsync(kind, "max_connections = 2");
        using var group = await it.ComeAsync(2);
        var more = it.ComeAsync(2);
        await it.UntilAsync(found => found.Reason == "clients wait: service_limit" && found.Waits(2), "two clients wait");

        await it.ReloadAsync("max_connections = 2", limit);

        using var served = await more;
        Assert.Equal(2, served.Served.Count);
        await group.TalkAsync();
        Assert.Equal((4, ""), ((await it.CountAsync()).Live, (await it.CountAsync()).Reason));
    }

    [Theory]
    [InlineData("handler")]
    [LinuxData("exec")]
    public async Task Pause_AtTheLimit_KeepsClientsWaitingUntilItIsOver(string kind)
    {
        await using var it = await Guarded.StartAsync(kind, "max_connections = 2");
        using var group = await it.ComeAsync(2);
        using var waiting = await it.ConnectAsync();
        await waiting.SendAsync("wait");
        await it.UntilAsync(found => found.Reason == "clients wait: service_limit", "a client waits");
        await it.Daemon.DoAsync("pause", "it");

        await ClientGroup.LeaveAsync(group.Served[0]);
        await it.UntilAsync(
            found => found.Live == 1 && found.Waits(1) && found.Use("max_connections").Used == 1, "a counted and a waiting client");
        Assert.Equal(0, waiting.Socket.Available);

        await it.Daemon.DoAsync("resume", "it");
        Assert.Equal("wait"u8.ToArray(), await waiting.ReceiveAsync(4));
        Assert.Equal((2, 2), (await it.CountAsync()).Use("max_connections"));
        await it.Daemon.DoAsync("pause", "it");
        await it.Daemon.DoAsync("resume", "it");
        using var next = await it.ConnectAsync();
        await next.SendAsync("next");
        await it.UntilAsync(found => found.Reason == "clients wait: service_limit", "a client waits");
        await ClientGroup.LeaveAsync(group.Served[1]);
        Assert.Equal("next"u8.ToArray(), await next.ReceiveAsync(4));
    }

    [Theory]
    [InlineData("handler")]
    [LinuxData("exec")]
    public async Task Service_ThatIsRemovedAndAddedAgain_CountsTheConnectionsThatStayed(string kind)
    {
        await using var it = await Guarded.StartAsync(kind, Keys, more: "\"127.0.0.1:%other%\" = \"echo\"");
        using var group = await it.ComeAsync(Most);
        var port = $"\"127.0.0.1:{it.Daemon.Port("p")}\" = \"it\"";
        await it.ReloadAsync(port + "\n", "# gone\n");
        await it.ReloadAsync("[services.it]", "[services.it-no-more]");
        await group.TalkAsync();

        await it.ReloadAsync("[services.it-no-more]", "[services.it]");
        await it.ReloadAsync("# gone\n", port + "\n");

        await group.TalkAsync();
        Assert.Equal(0, await it.VisitAsync(1));
        await ClientGroup.LeaveAsync(group.Served[0]);
        await it.UntilAsync(found => found.Use("max_connections").Used == Most - 1, "a free place");
        Assert.Equal(1, await it.VisitAsync(1));
        await Task.WhenAll(group.Served.Skip(1).Select(ClientGroup.LeaveAsync));
        await it.AssertRoomAsync(Most);
    }

    [OnLinux("children")]
    [Fact]
    public async Task Reload_OfAnotherKind_CountsTheConnectionsOfBoth()
    {
        await using var it = await Guarded.StartAsync("handler", Keys);
        using var handlers = await it.ComeAsync(3);

        await it.ReloadAsync("handler = \"echo\"", "exec = [\"/bin/cat\"]");

        using var children = await it.ComeAsync(3);
        Assert.Equal((1, 2), (children.Served.Count, children.Refused));
        await handlers.LeaveAsync();
        await children.LeaveAsync();
        await it.AssertRoomAsync(Most);
    }

    [OnLinux("children")]
    [Fact]
    public async Task Storm_OfClientsResetsAndReloads_RestoresTheLimit()
    {
        await using var it = await Guarded.StartAsync(
            "handler", $"max_connections = {Most}",
            more: "\"127.0.0.1:%cat%\" = \"cat\"\n[services.cat]\nexec = [\"/bin/cat\"]\nmax_connections = 4");
        using var stop = new CancellationTokenSource();
        var random = new Random(1);
        var clients = Enumerable.Range(0, 12)
            .Select(i => ClientsAsync(it.Daemon, i % 2 == 0 ? "p" : "cat", new Random(i), stop.Token))
            .ToList();
        for (var i = 0; i < 30; i++)
        {
            switch (random.Next(3))
            {
                case 0:
                    it.Daemon.Edit(map => map.Contains("max_connections = 3", StringComparison.Ordinal)
                        ? map.Replace("max_connections = 3", "max_connections = 4", StringComparison.Ordinal)
                        : map.Replace("max_connections = 4", "max_connections = 3", StringComparison.Ordinal));
                    await it.Daemon.DoAsync("reload");
                    break;
                case 1:
                    await it.Daemon.DoAsync("pause", "it");
                    await it.Daemon.DoAsync("resume", "it");
                    break;
                default:
                    foreach (var connection in (await it.Daemon.ConnectionsAsync()).Take(2))
                    {
                        // It may have ended since.
                        _ = await it.Daemon.RequestAsync("abort", id: connection.Id);
                    }

                    break;
            }
        }

        await stop.CancelAsync();
        await Deadline.WithinAsync(Task.WhenAll(clients), "the last clients");

        it.Daemon.Edit(map => map.Replace("max_connections = 3", "max_connections = 4", StringComparison.Ordinal)
            .Replace("max_connections = 4", $"max_connections = 4\n{Guarded.Refuse}", StringComparison.Ordinal));
        await it.Daemon.DoAsync("reload");
        await it.AssertRoomAsync(Most);
        await Counted.UntilAsync(it.Daemon, "cat", found => found.Use("max_connections").Used == 0, "no place taken");
        using var children = await ClientGroup.ComeAsync(Most + 2, () => it.Daemon.ConnectAsync("cat"));
        Assert.Equal((Most, 2), (children.Served.Count, children.Refused));
    }

    /// <summary>Comes, talks and leaves or resets, again and again; that it is aborted is no news to it.</summary>
    private static async Task ClientsAsync(Daemon daemon, string port, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var client = await daemon.ConnectAsync(port);
            try
            {
                await client.SendAsync(ClientGroup.Word);
                if (random.Next(3) == 0)
                {
                    client.Reset();
                    continue;
                }

                _ = await client.ReceiveAsync(new byte[ClientGroup.Word.Length]);
                client.Finish();
                _ = await client.ReadToEndAsync();
            }
            catch (System.Net.Sockets.SocketException)
            {
                continue;
            }
        }
    }
}
