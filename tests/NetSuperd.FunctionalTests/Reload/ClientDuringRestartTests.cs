using System.Text;
using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Spawn;
using static NetSuperd.FunctionalTests.Spawn.PreforkTests;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>
/// Clients that need a child with the sockets while a restart is under way. The new process would not know a child that the old one starts
/// then, so it starts the child itself.
/// </summary>
public sealed class ClientDuringRestartTests
{
    private static readonly string[] Services = ["each", "mail", "pool"];

    [Theory]
    [InlineData("$$ one", "$$ two", "changed")]
    [InlineData("wait = true", "wait = true\nidle_stop = \"200ms\"", "idle")]
    [InlineData("wait = true", "wait = true\nenabled = false", "removed")]
    public async Task Child_ForAClientThatCameDuringTheRestart_ObeysTheNextMap(string before, string after, string reason)
    {
        await using var daemon = await StartAsync();
        using var pool = await PooledAsync(daemon);
        var restarted = Task.FromResult(0);
        var restart = await HeldRestart.BeginAsync(daemon, () => restarted = daemon.RestartAsync());
        using var clients = await Clients.ComeAsync(daemon, pool);

        await restart.GoOnAsync();
        await restarted;

        var pids = await clients.HearAsync("one");
        await Deadline.UntilAsync(
            daemon.ConnectionsAsync, all => pids.All(pid => all.Any(child => $"{child.Pid}" == pid && child.Process == restart.NewPid)),
            "the children of the new process");
        await Deadline.UntilAsync(() => daemon.HasExited, "the end of the old process");
        clients.Leave();
        daemon.Edit(map => map.Replace(before, after, StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        foreach (var service in Services)
        {
            await daemon.WaitForEventAsync("ChildEnding", found => found["Service"] == service && found["Reason"] == reason);
        }

        foreach (var pid in pids)
        {
            await daemon.WaitForEventAsync("ChildEnded", found => found["Pid"] == pid);
        }

        if (reason != "removed")
        {
            using var next = await Clients.ComeAsync(daemon);
            await next.HearAsync(reason == "changed" ? "two" : "one");
        }
    }

    [Fact]
    public async Task Client_ThatComesDuringARestartThatFails_IsServedByTheOldProcess()
    {
        await using var daemon = await StartAsync("RestartFailed");
        using var pool = await PooledAsync(daemon);
        var restart = await HeldRestart.BeginAsync(daemon, () => daemon.Signal(RunningProcess.SIGUSR2));
        using var clients = await Clients.ComeAsync(daemon, pool);

        await Command.RunAsync("/bin/kill", "-KILL", $"{restart.NewPid}");

        var pids = await clients.HearAsync("one");
        await daemon.WaitForEventAsync("RestartFailed");
        Assert.All(await daemon.ConnectionsAsync(), child => Assert.Equal(daemon.Pid, child.Process));
        Assert.Superset(pids.ToHashSet(), (await daemon.ConnectionsAsync()).Select(child => $"{child.Pid}").ToHashSet());
    }

    [Fact]
    public async Task Child_ThatIsStartedAfterTheRestart_HasTheSocketAlone()
    {
        await using var daemon = await StartAsync();
        var restarted = Task.FromResult(0);
        var restart = await HeldRestart.BeginAsync(daemon, () => restarted = daemon.RestartAsync());
        using var first = await daemon.ConnectAsync("t");
        using var second = await daemon.ConnectAsync("t");
        await restart.GoOnAsync();
        await restarted;

        var (pid, _) = await HearAsync(first);
        first.Dispose();

        Assert.Equal(pid, (await HearAsync(second)).Pid);
        Assert.Equal("resting", (await daemon.StatusAsync()).Sockets.Single(socket => socket.Service == "each").State);
        await daemon.WaitForEventsAsync("ChildStarted", 1, found => found["Service"] == "each");
    }

    private static Task<Daemon> StartAsync(params string[] expected) => Daemon.StartAsync(
        """
        [ports]
        "127.0.0.1:%t%" = "each"
        "127.0.0.1:%u%/udp" = "mail"
        "127.0.0.1:%f%" = "pool"
        "127.0.0.1:%echo%" = "echo"
        [services.each]
        exec = ["/usr/bin/perl", "-e", 'while (accept(C, STDIN)) { syswrite(C, qq($$ one)); sysread(C, $_, 10); close C }']
        wait = true
        [services.mail]
        exec = ["/usr/bin/perl", "-e", 'open(S, q(+<&=0)); while (1) { $from = recv(S, $_, 100, 0); send(S, qq($$ one), 0, $from) }']
        wait = true
        [services.pool]
        exec = [
            "/usr/bin/perl", "-e",
            'while (accept(C, STDIN)) { syswrite(C, qq($$ one)); sysread(C, $_, 10); exit 0 if /end/; close C }',
        ]
        wait = true
        processes = 1
        """,
        new DaemonSetup { Expected = expected });

    /// <summary>A client that the only child of the pool serves.</summary>
    private static async Task<TcpPeer> PooledAsync(Daemon daemon)
    {
        var client = await daemon.ConnectAsync("f");
        await HearAsync(client);
        return client;
    }

    /// <summary>A client of each service.</summary>
    private sealed class Clients(TcpPeer each, DatagramPeer mail, TcpPeer pool) : IDisposable
    {
        /// <param name="daemon">The daemon.</param>
        /// <param name="last">The client that lets the child of the pool end; null: the child need not end.</param>
        public static async Task<Clients> ComeAsync(Daemon daemon, TcpPeer? last = null)
        {
            if (last is not null)
            {
                await last.SendAsync("end");
                await daemon.WaitForEventAsync("ChildEnded", found => found["Service"] == "pool");
            }

            var mail = DatagramPeer.Of(daemon.Port("u"));
            mail.Send("x"u8.ToArray());
            return new Clients(await daemon.ConnectAsync("t"), mail, await daemon.ConnectAsync("f"));
        }

        /// <summary>The processes that answer, each with a word.</summary>
        public async Task<IReadOnlyList<string>> HearAsync(string word)
        {
            var letter = Encoding.ASCII.GetString(await mail.HearAsync()).Split(' ');
            (string Pid, string Word)[] answers =
                [await PreforkTests.HearAsync(each), (letter[0], letter[1]), await PreforkTests.HearAsync(pool)];
            Assert.All(answers, answer => Assert.Equal(word, answer.Word));
            return [.. answers.Select(answer => answer.Pid)];
        }

        public void Leave()
        {
            each.Dispose();
            pool.Dispose();
        }

        public void Dispose()
        {
            Leave();
            mail.Dispose();
        }
    }
}
