using System.Diagnostics;
using System.Globalization;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>
/// <c>idle_stop</c>: the child of a service that no client uses is asked to end, and the next client starts another one. Each test has a
/// service <c>other</c> beside the tested one, with a longer time: when that child ends, the tested one has had time enough.
/// </summary>
public sealed class IdleStopTests
{
    private const string Serves = "while (accept(C, STDIN)) { syswrite(C, $$); sysread(C, $_, 10); close C }";

    private const string Answers = "open(S, q(+<&=0)); while (1) { $from = recv(S, $_, 100, 0); send(S, $$, 0, $from) }";

    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("processes = 3", false)]
    [InlineData("processes = 3", true)]
    public async Task Child_WithoutAClient_EndsAndTheNextClientStartsAnother(string keys, bool restarts)
    {
        await using var daemon = await StartAsync(Serves, keys);
        using var client = await daemon.ConnectAsync("p");
        var first = await HearAsync(client);
        await (restarts ? daemon.RestartAsync() : Task.CompletedTask);
        client.Dispose();

        var ending = await daemon.WaitForEventAsync("ChildEnding");

        Assert.Equal(("it", "idle"), (ending["Service"], ending["Reason"]));
        await daemon.WaitForEventsAsync("ChildEnded", keys.Length > 0 ? 3 : 1);
        Assert.Equal("by signal SIGTERM", (await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first))["Detail"]);
        await StateAsync(daemon, "listening");
        Assert.NotEqual(first, await AskAsync(daemon));
    }

    [Fact]
    public async Task Child_ThatServesDuringARestart_EndsWithoutAClient()
    {
        await using var daemon = await StartAsync(Serves);
        using var client = await daemon.ConnectAsync("p");
        await HearAsync(client);
        await daemon.RestartAsync();
        Assert.DoesNotContain(daemon.Events, IsEnding);

        client.Dispose();

        await daemon.WaitForEventAsync("ChildEnding", IsEnding);
    }

    [Fact]
    public async Task Child_OfAUnixSocket_EndsWithoutAClientOnly()
    {
        await using var daemon = await StartAsync(Serves, ports: "\"%dir%/it.sock\" = \"it\"");
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["it.sock"]);
        await HearAsync(client);
        await AssertNotIdleAsync(daemon);

        client.Dispose();

        await daemon.WaitForEventAsync("ChildEnding", IsEnding);
    }

    [Fact]
    public async Task Child_OfDatagrams_EndsWithoutADatagramOnly()
    {
        await using var daemon = await StartAsync(Answers, ports: "\"127.0.0.1:%p%/udp\" = \"it\"");
        using var client = DatagramPeer.Of(daemon.Port("p"));
        await AssertBusyAsync(daemon, () => client.AskAsync("x"));

        await daemon.WaitForEventAsync("ChildEnding", IsEnding);
        await daemon.WaitForEventAsync("ChildEnded", found => found["Service"] == "it");
        await client.AskAsync("x");
    }

    [Theory]
    [InlineData(Serves)]

    // The parent of the process that has the connection has ended, and the process has a session of its own.
    [InlineData("use POSIX; $SIG{CHLD} = q(IGNORE); while (accept(C, STDIN)) { if (!fork) { setsid; exit if fork; syswrite(C, $$); "
        + "sysread(C, $_, 10); exit } close C }")]
    public async Task Child_WhoseClientIsSilent_IsNotIdle(string script)
    {
        await using var daemon = await StartAsync(script);
        using var client = await daemon.ConnectAsync("p");
        await HearAsync(client);

        await AssertNotIdleAsync(daemon);

        client.Dispose();
        await daemon.WaitForEventAsync("ChildEnding", IsEnding);
    }

    [Fact]
    public async Task Child_WithShortConnections_IsNotIdle()
    {
        await using var daemon = await StartAsync(Serves);
        await AssertBusyAsync(daemon, async () =>
        {
            await AskAsync(daemon);
            for (var answer = 0; answer < 5; answer++)
            {
                // Most of the time there is no connection, so that a look finds none.
                await daemon.StatusAsync();
            }
        });
    }

    [Fact]
    public async Task Child_WhoseNextClientWaits_IsNotIdle()
    {
        // It accepts one client and none after it.
        await using var daemon = await StartAsync("accept(C, STDIN); syswrite(C, $$); sysread(C, $_, 10); close C; sleep 600 while 1");
        using var first = await daemon.ConnectAsync("p");
        await HearAsync(first);
        using var waiting = await daemon.ConnectAsync("p");
        first.Dispose();

        await AssertNotIdleAsync(daemon);
    }

    [Fact]
    public async Task Child_ThatIgnoresTheSignal_IsKilledOnceItServesNoClient()
    {
        await using var daemon = await StartAsync($"$SIG{{TERM}} = q(IGNORE); {Serves}", more: "[daemon]\ndrain = \"4s\"\n");
        var first = await AskAsync(daemon);
        await daemon.WaitForEventAsync("ChildEnding", IsEnding);
        Assert.Contains("no client has come for 200ms (idle_stop)", await ReasonAsync(daemon), StringComparison.Ordinal);

        await daemon.WaitForEventAsync("ChildKilled");

        Assert.Equal("by signal SIGKILL", (await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first))["Detail"]);
        Assert.NotEqual(first, await AskAsync(daemon));
    }

    [Fact]
    public async Task Child_ThatServesAClientWhileItIsEnding_IsNotKilled()
    {
        await using var daemon = await StartAsync(
            $"$SIG{{TERM}} = sub {{ accept(C, STDIN); syswrite(C, $$); sysread(C, $_, 10); exit 6 }}; {Serves}",
            more: "[daemon]\ndrain = \"1500ms\"\n");
        var first = await AskAsync(daemon);
        await daemon.WaitForEventAsync("ChildEnding", IsEnding);
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal(first, await HearAsync(client));

        await OtherEndsAsync(daemon);

        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildKilled");
        await client.SendAsync("x");
        Assert.Equal("with status 6", (await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == first))["Detail"]);
    }

    [Fact]
    public async Task Reload_ThatSetsTheTime_AppliesToTheRunningChild()
    {
        await using var daemon = await StartAsync(Serves);
        daemon.Edit(map => map.Replace("idle_stop = \"200ms\"", "", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        var first = await AskAsync(daemon);
        await OtherEndsAsync(daemon);
        Assert.Equal(first, await AskAsync(daemon));

        daemon.Edit(map => map.Replace("wait = true # it", "wait = true\nidle_stop = \"300ms\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        await daemon.WaitForEventAsync("ChildEnding", IsEnding);
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ChildEnding" && found["Reason"] == "changed");
    }

    [Theory]
    [InlineData("")]
    [InlineData("processes = 2")]
    public async Task Clients_ThatComeWhenTheChildIsAboutToEnd_AreAllServed(string keys)
    {
        await using var daemon = await StartAsync(Serves, keys, time: "100ms");
        var pids = new HashSet<string>();
        for (var client = 0; client < 40; client++)
        {
            pids.Add(await AskAsync(daemon));
            var asked = daemon.Events.Count(IsEnding);
            if (client % 2 == 0)
            {
                await Deadline.UntilAsync(() => daemon.Events.Count(IsEnding) > asked, "the end of the child");
            }
        }

        Assert.True(pids.Count > 10);
        Assert.DoesNotContain(daemon.Events, found => found.Name is "WaitBackoff" or "ChildEndsEarly" or "ListenerFailed");
    }

    private static Task<Daemon> StartAsync(
        string script, string keys = "", string ports = "\"127.0.0.1:%p%\" = \"it\"", string more = "", string time = "200ms") =>
        Daemon.StartAsync($$"""
        [ports]
        {{ports}}
        "127.0.0.1:%o%" = "other"
        [services.it]
        exec = ["/usr/bin/perl", "-e", '{{script}}']
        wait = true # it
        idle_stop = "{{time}}"
        {{keys}}
        [services.other]
        exec = ["/usr/bin/perl", "-e", '{{Serves}}']
        wait = true
        idle_stop = "2s"
        {{more}}
        """);

    private static bool IsEnding(LogEvent found) => found.Name == "ChildEnding" && found["Service"] == "it";

    /// <summary>The process of the child of a service.</summary>
    private static async Task<string> AskAsync(Daemon daemon, string port = "p")
    {
        using var client = await daemon.ConnectAsync(port);
        return await HearAsync(client);
    }

    private static async Task<string> HearAsync(TcpPeer client)
    {
        var buffer = new byte[20];
        var heard = Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer));
        Assert.True(int.TryParse(heard, CultureInfo.InvariantCulture, out _), heard);
        return heard;
    }

    /// <summary>
    /// Asks a child again and again, in less than a quarter of the time that it may be idle, since it may take its client early or late:
    /// unless this process was held up, nothing ends it.
    /// </summary>
    private static async Task AssertBusyAsync(Daemon daemon, Func<Task> ask)
    {
        await ask();
        var ended = OtherEndsAsync(daemon);
        var (last, longest) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
        while (!ended.IsCompleted)
        {
            await ask();
            var gap = Stopwatch.GetElapsedTime(last);
            (last, longest) = (Stopwatch.GetTimestamp(), gap > longest ? gap : longest);
        }

        await ended;
        Assert.True(
            longest >= TimeSpan.FromMilliseconds(50) || !daemon.Events.Any(IsEnding), $"a child ends that was asked after {longest}");
    }

    /// <summary>The child is not asked to end, although a child with a longer time has ended.</summary>
    private static async Task AssertNotIdleAsync(Daemon daemon)
    {
        await OtherEndsAsync(daemon);
        Assert.DoesNotContain(daemon.Events, IsEnding);
    }

    /// <summary>Waits for the end of a child with a longer time.</summary>
    private static async Task OtherEndsAsync(Daemon daemon)
    {
        var pid = await AskAsync(daemon, "o");
        await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == pid);
    }

    private static async Task<string> ReasonAsync(Daemon daemon) =>
        (await daemon.StatusAsync()).Sockets.Single(socket => socket.Service == "it").Reason ?? "";

    private static async Task StateAsync(Daemon daemon, string state) =>
        await daemon.StatusAsync(status => status.Sockets.Single(socket => socket.Service == "it").State == state, state);
}
