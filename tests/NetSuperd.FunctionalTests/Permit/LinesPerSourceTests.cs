using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary><c>log.lines_per_source</c>: one sender cannot fill the log, and what is left out is counted.</summary>
public sealed class LinesPerSourceTests
{
    private const int Named = 5;
    private const int Connections = 30;
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%custom%" = "custom"
        "127.0.0.1:%child%" = "child"
        "%dir%/echo.sock" = "echo"
        [services.child]
        exec = ["/bin/sh", "-c", "echo line >&2"]
        [log]
        format = "json"
        lines_per_source = "1/h burst 10"
        """;

    [Theory]
    [InlineData("echo", 0)]
    [InlineData("custom", 1)]
    [InlineData("child", 1)]
    public async Task Connections_BeyondTheShareOfTheirSource_LoseTheirStartAndEndOnly(string service, int linesOfEach)
    {
        await using var daemon = await Daemon.StartAsync(Map);
        for (var i = 0; i < Connections; i++)
        {
            using var client = await daemon.ConnectAsync(service);
            Assert.Equal(
                service == "child" ? "" : "TEST", service == "child" ? await client.ReadToEndAsync() : await client.ExchangeAsync("TEST"));
        }

        using (var other = await TcpPeer.ConnectAsync(daemon.Port("echo"), from: "127.0.0.9"))
        {
            await other.ExchangeAsync("TEST");
            await daemon.WaitForRecordAsync(other.Name);
        }

        Assert.Equal(0, await daemon.StopAsync());

        var used = Assert.Single(daemon.Events, found => found.Name == "LogShareUsedUp");
        Assert.Equal((service, "127.0.0.1", "Warning"), (used["Service"], used["Peer"], used.Level));
        var ids = daemon.Events.Where(found => found["ConnectionId"] != "" && found["Service"] == service)
            .GroupBy(found => found["ConnectionId"])
            .ToList();
        var named = ids.Where(connection => connection.Count() == 2 + linesOfEach).ToList();
        Assert.Equal(Named + (service == "echo" ? 1 : 0), named.Count);

        // What handlers and children say is there of each: a flood of connections does not hide it.
        Assert.All(ids.Except(named), connection => Assert.Equal(linesOfEach, connection.Count()));
        Assert.Equal(linesOfEach == 0 ? named.Count : Connections, ids.Count);
        Assert.Equal(
            Connections - Named, daemon.Events.Where(found => found.Name == "ConnectionsLeftOut").Sum(found => found.Number("LeftOut")));
        Assert.Contains(daemon.Events, found => found.Name == "Served" && found["Service"] == service
            && found["Totals"].Contains(
                $"{(service == "child" ? "exited" : "closed")} {Connections + (service == "echo" ? 1 : 0)}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task UnixPeers_OfOneUser_HaveOneShare()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        for (var i = 0; i < Connections; i++)
        {
            using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["echo.sock"]);
            await client.ExchangeAsync("TEST");
        }

        Assert.Equal(0, await daemon.StopAsync());

        Assert.StartsWith("uid:", Assert.Single(daemon.Events, found => found.Name == "LogShareUsedUp")["Peer"], StringComparison.Ordinal);
        Assert.Equal(Named, daemon.Events.Count(found => found.Name == "ConnectionEnded"));
    }

    [Fact]
    public async Task Reload_ToUnlimited_NamesAllAgain()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        for (var i = 0; i < Connections; i++)
        {
            using var client = await daemon.ConnectAsync("echo");
            await client.ExchangeAsync("TEST");
        }

        daemon.Edit(map => map.Replace("1/h burst 10", "unlimited", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        using var last = await daemon.ConnectAsync("echo");
        await last.ExchangeAsync("TEST");

        await daemon.WaitForRecordAsync(last.Name);
    }

    [Fact]
    public async Task Children_ThatCannotBeStarted_AreNamedByTheFirstTenInASecond()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "gone"
            [services.gone]
            exec = ["%dir%/gone"]
            [log]
            format = "json"
            lines_per_source = "1/h burst 2"
            """, new DaemonSetup { Expected = ["SpawnFailed"], Prepare = scratch => File.Copy("/bin/true", scratch["gone"]) });
        File.Delete(daemon.Scratch["gone"]);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            using var client = await daemon.ConnectAsync("p");
            await client.ReadToEndAsync();
        }));
        Assert.Equal(0, await daemon.StopAsync());

        Assert.InRange(daemon.Events.Count(found => found.Name == "SpawnFailed"), 2, 150);
        Assert.Equal(1, daemon.Events.Count(found => found.Name == "ChildEnded"));
        Assert.Contains("unspawned 200", Assert.Single(daemon.Events, found => found.Name == "Served")["Totals"], StringComparison.Ordinal);
    }
}
