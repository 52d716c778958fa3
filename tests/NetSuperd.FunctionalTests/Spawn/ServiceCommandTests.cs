using System.Globalization;
using System.Text;
using NetSuperd.FunctionalTests.Harness;
using static NetSuperd.FunctionalTests.Spawn.ServerDaemon;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary><c>netsuperd stop NAME</c>, <c>start NAME</c> and <c>signal NAME SIG</c>.</summary>
public sealed class ServiceCommandTests
{
    [Fact]
    public async Task Stop_OfTheService_LastsOverReloadAndRestart()
    {
        await using var daemon = await StartAsync();
        var first = await AskAsync(daemon);

        await daemon.DoAsync("stop", "it");

        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first.Pid);
        using var client = await daemon.ConnectAsync("p");
        daemon.Edit(map => map.Replace("WORD = \"one\"", "WORD = \"two\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        await daemon.RestartAsync();
        await daemon.DoAsync("resume", "it");
        await daemon.UntilAsync("it", "stopped");
        Assert.Single(daemon.Events, found => found.Name == "ChildStarted");

        await daemon.DoAsync("start", "it");
        Assert.Equal("two", (await client.ReadToEndAsync()).Split(' ')[1]);
        await daemon.UntilAsync("it", "serving");
    }

    [Fact]
    public async Task Stop_OfTheServiceNow_KillsTheServer()
    {
        await using var daemon = await StartAsync(
            "$SIG{TERM} = sub { }; sleep 600 while 1", "none", "", "[daemon]\ndrain = \"10m\"\n");
        var pid = int.Parse((await daemon.WaitForEventAsync("ChildStarted"))["Pid"], CultureInfo.InvariantCulture);
        await Deadline.UntilAsync(() => ProcFiles.Catches(pid, 15), "a handler of TERM");

        await daemon.AskedAsync("stop", "it", "--now");

        Assert.Equal("by signal SIGKILL", (await daemon.WaitForEventAsync("ChildEnded"))["Detail"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_OfTheServiceNowAfterAStop_KillsTheServer(bool restarts)
    {
        await using var daemon = await StartAsync("$SIG{TERM} = sub { }; sleep 600 while 1", "none", "", "[daemon]\ndrain = \"10m\"\n");
        var pid = int.Parse((await daemon.WaitForEventAsync("ChildStarted"))["Pid"], CultureInfo.InvariantCulture);
        await Deadline.UntilAsync(() => ProcFiles.Catches(pid, 15), "a handler of TERM");
        await (restarts ? daemon.RestartAsync() : Task.CompletedTask);
        var first = daemon.AskedAsync("stop", "it");
        await daemon.WaitForEventAsync("ServerEnding");

        await daemon.AskedAsync("stop", "it", "--now");

        Assert.Equal("by signal SIGKILL", (await daemon.WaitForEventAsync("ChildEnded"))["Detail"]);
        await first;
    }

    [Fact]
    public async Task Stop_OfAServiceNowAfterAStop_KillsTheChildrenOfTheProcessBefore()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "it"
            [services.it]
            exec = ["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 600; done"]
            [daemon]
            drain = "10m"
            """);
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("ready\n", Encoding.UTF8.GetString(await client.ReceiveAsync(6)));
        await daemon.RestartAsync();
        var first = daemon.AskedAsync("stop", "it");
        await daemon.WaitForEventAsync("ServiceStopped");

        await daemon.AskedAsync("stop", "it", "--now");

        Assert.Equal("by signal SIGKILL", (await daemon.WaitForEventAsync("ChildEnded"))["Detail"]);
        await first;
    }

    [Theory]
    [InlineData("pause", "resume")]
    [InlineData("stop", "start")]
    public async Task Service_PausedOrStopped_IsOutOfReachOfTheProcessBefore(string rest, string serve)
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%mux%" = "tcpmux"
            "127.0.0.1:%p%" = "it"
            [services.tcpmux]
            handler = "tcpmux"
            settings.services = ["it"]
            [services.it]
            exec = ["/bin/cat"]
            """);
        using var first = await daemon.ConnectAsync("mux");
        using var second = await daemon.ConnectAsync("mux");
        await Deadline.UntilAsync(() => daemon.Events.Count(found => found.Name == "ConnectionStarted") == 2, "both clients");
        await daemon.RestartAsync();

        await daemon.DoAsync(rest, "it");
        Assert.StartsWith("-", await first.ExchangeAsync("it\r\nTEST"), StringComparison.Ordinal);

        await daemon.DoAsync(serve, "it");
        Assert.Equal("TEST", await second.ExchangeAsync("it\r\nTEST"));
    }

    [Theory]
    [InlineData("stop", "")]
    [InlineData("start", "")]
    [InlineData("stop", "echo")]
    [InlineData("stop", "unknown")]
    public async Task Stop_OfNoServiceWithAChild_IsAUsageErrorAndStopsNothing(string command, string name)
    {
        await using var daemon = await StartAsync(more: "[services.echo]\nhandler = \"echo\"\n");

        Assert.Equal(64, (await daemon.AskAsync(command, name)).Status);
        Assert.Equal(64, (await daemon.RequestAsync(command, name)).Status);

        Assert.Equal("one", (await AskAsync(daemon)).Word);
    }

    [Fact]
    public async Task Stop_OfAServiceWithConnections_EndsTheirChildren()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "it"
            [services.it]
            exec = ["/bin/cat"]
            """);
        using var old = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await old.ExchangeAsync("TEST"));
        await daemon.RestartAsync();
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));

        await daemon.DoAsync("stop", "it");

        await daemon.WaitForEventsAsync("ChildEnded", 2);
        using var waiting = await daemon.ConnectAsync("p");
        await daemon.DoAsync("start", "it");
        Assert.Equal("TEST", await waiting.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Signal_ReachesTheServer_AlsoThatOfTheProcessBefore()
    {
        await using var daemon = await StartAsync("$SIG{HUP} = sub { print STDERR qq(hup\\n) }; sleep 600 while 1", "none", "");
        var pid = int.Parse((await daemon.WaitForEventAsync("ChildStarted"))["Pid"], CultureInfo.InvariantCulture);
        await Deadline.UntilAsync(() => ProcFiles.Catches(pid, 1), "a handler of HUP");
        await daemon.DoAsync("signal", "it", "HUP");
        await daemon.WaitForEventAsync("ChildStderr", found => found["Line"] == "hup");
        await daemon.RestartAsync();

        await daemon.DoAsync("signal", "it", "sighup");

        await Deadline.UntilAsync(() => daemon.Events.Count(found => found.Name == "ChildStderr") == 2, "the second HUP");
        Assert.Equal("1", (await daemon.WaitForEventAsync("ServiceSignalled"))["Count"]);
        Assert.Equal(64, (await daemon.AskAsync("signal", "it", "NONSENSE")).Status);
        Assert.Equal(64, (await daemon.AskAsync("signal", "", "HUP")).Status);
    }
}
