using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary><c>log</c> and <c>log_fields</c> of a service: what the log has of its connections, and nothing else changes.</summary>
public sealed class ServiceLogTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%closed%" = "closed"
        "127.0.0.1:%child%" = "child"
        "127.0.0.1:%checked%" = "checked"
        [services.closed]
        handler = "echo"
        deny = ["127.0.0.1"]
        log = "none"
        [services.child]
        exec = ["/bin/sh", "-c", "echo line >&2"]
        log = "all"
        log_fields = ["local", "exit"]
        [services.checked]
        handler = "echo"
        log = "refusals"
        [log]
        format = "json"
        """;

    [Fact]
    public async Task Connections_OfEachService_AreNamedAsItsMapWants()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        foreach (var service in (string[])["closed", "child", "checked"])
        {
            using var client = await daemon.ConnectAsync(service);
            client.Finish();
            await client.ReadToEndAsync();
        }

        // The handler stays what it is; only the lines change.
        daemon.Edit(map => map.Replace("\"refusals\"", "\"all\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        using var last = await daemon.ConnectAsync("checked");
        last.Finish();
        await last.ReadToEndAsync();
        Assert.Equal(0, await daemon.StopAsync());

        Assert.Equal(
            ["ChildEnded", "ChildStarted", "ChildStderr", "ConnectionEnded", "ConnectionStarted"],
            daemon.Events.Where(found => found["ConnectionId"] != "").Select(found => found.Name).Order(StringComparer.Ordinal));
        var end = Assert.Single(daemon.Events, found => found.Name == "ChildEnded");
        Assert.Equal(($"127.0.0.1:{daemon.Port("child")}", "with status 0"), (end["Local"], end["Detail"]));
        Assert.Equal(("", "", ""), (end["Pid"], end["Elapsed"], end["PeakMemory"]));
        Assert.Equal(
            ["checked closed 2", "child exited 1", "closed refused 1 (address 1)"],
            daemon.Events.Where(found => found.Name == "Served").Select(found => $"{found["Service"]} {found["Totals"]}")
                .Order(StringComparer.Ordinal));
    }
}
