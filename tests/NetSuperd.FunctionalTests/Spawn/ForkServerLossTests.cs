using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>
/// The process that starts the children may be killed or stopped at any time: another one takes its place, and every connection has its
/// record.
/// </summary>
public sealed class ForkServerLossTests
{
    private const int Clients = 20;
    private const int ConnectionsOfEach = 250;

    // Two fork servers in turn may be killed before their first answer: then none lives, and the daemon says so.
    private static readonly DaemonSetup Setup = new() { Expected = ["SpawnFailed", "ChildLost", "ForkServerFailed"] };

    [Fact]
    public async Task ForkServer_KilledAgainAndAgainInAStorm_LeavesEveryRecordAndNoDescriptor()
    {
        await using var daemon = await StartAsync("exec = [\"/bin/true\"]");
        Assert.Equal("", await AskAsync(daemon));
        var channels = ProcFiles.Channels(daemon.Pid);
        var asked = 0;
        var stormed = Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            for (var i = 0; i < ConnectionsOfEach; i++)
            {
                await AskAsync(daemon);
            }
        }));
        var killed = new HashSet<int>();
        while (!stormed.IsCompleted)
        {
            // One that has begun to serve, or none would ever be served.
            if (ProcFiles.ForkServer(daemon.Pid) is { } server && !killed.Contains(server) && Kill(server))
            {
                killed.Add(server);
            }

            await Task.WhenAny(stormed, AskAsync(daemon));
            asked++;
        }

        await stormed;
        Assert.True(killed.Count > 3, $"killed {killed.Count} times only");
        await RecordedAsync(daemon, 1 + asked + (Clients * ConnectionsOfEach));
        await Deadline.UntilAsync(() => ProcFiles.Children(daemon.Pid).Count == 0, "no child");
        await Deadline.UntilAsync(() => ProcFiles.Channels(daemon.Pid) <= channels, $"{channels} sockets and pipes again");
        Assert.Equal("", await AskAsync(daemon));
    }

    [Fact]
    public async Task ForkServer_Stopped_IsReplacedAndWhatItHadIsRecorded()
    {
        await using var daemon = await StartAsync("exec = [\"/bin/cat\"]");
        var stopped = await ProcFiles.ForkServerAsync(daemon.Pid);
        await Command.OutputAsync("/bin/kill", "-STOP", $"{stopped}");
        await Deadline.UntilAsync(() => ProcFiles.IsStopped(stopped), "a fork server that is stopped");
        using var lost = await daemon.ConnectAsync("p");
        Assert.Equal("", await lost.ReadToEndAsync());

        Assert.Equal("unspawned", (await daemon.WaitForRecordAsync(lost.Name)).End["End"]);
        Assert.Equal("1", (await daemon.WaitForEventAsync("ForkServerEnded", found => found["Pid"] == $"{stopped}"))["Lost"]);
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task ForkServer_StoppedWithManyStarts_IsNotAskedForAClientOfTcpmux()
    {
        const int MostStarts = 64;
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%mux%" = "tcpmux"
            "127.0.0.1:%p%" = "it"
            [services.tcpmux]
            handler = "tcpmux"
            settings.services = ["it"]
            [services.it]
            exec = ["/bin/cat"]
            """,
            Setup);
        var stopped = await ProcFiles.ForkServerAsync(daemon.Pid);
        await Command.OutputAsync("/bin/kill", "-STOP", $"{stopped}");
        await Deadline.UntilAsync(() => ProcFiles.IsStopped(stopped), "a fork server that is stopped");
        var lost = await Task.WhenAll(Enumerable.Range(0, MostStarts).Select(_ => daemon.ConnectAsync("p")));
        await daemon.StatusAsync(status => status.Connections >= MostStarts, "the clients are accepted");

        using var client = await daemon.ConnectAsync("mux");

        Assert.Equal("TEST", await client.ExchangeAsync("it\r\nTEST"));
        Array.ForEach(lost, one => one.Dispose());
    }

    [Fact]
    public async Task ForkServer_Killed_LeavesRunningChildrenToTheDaemon()
    {
        await using var daemon = await StartAsync("exec = [\"/bin/sh\", \"-c\", \"read line; exit 7\"]");
        using var client = await daemon.ConnectAsync("p");
        await daemon.WaitForEventAsync("ChildStarted");
        Kill(await ProcFiles.ForkServerAsync(daemon.Pid));
        await daemon.WaitForEventAsync("ForkServerEnded");

        await client.SendAsync("\n");

        var (_, end) = await daemon.WaitForRecordAsync(client.Name);
        Assert.Equal(("exited", "with status 7"), (end["End"], end["Detail"]));
    }

    [Fact]
    public async Task ForkServer_ThatIsTheParent_ReportsHowChildrenEndUntilItIsKilled()
    {
        await using var daemon = await StartAsync("exec = [\"/bin/sh\", \"-c\", \"read line; exit 7\"]");
        var server = await ProcFiles.ForkServerAsync(daemon.Pid);
        var shares = File.ReadAllText("/proc/sys/fs/suid_dumpable").Trim() == "0";
        await using (await FaultInjection.AttachAsync(daemon, $"error=EINVAL:when=1..{(shares ? 2 : 1)}", "clone"))
        {
            using var first = await daemon.ConnectAsync("p");
            await first.SendAsync("\n");
            var (_, end) = await daemon.WaitForRecordAsync(first.Name);
            Assert.Equal(("exited", "with status 7"), (end["End"], end["Detail"]));
        }

        Assert.Empty(ProcFiles.Children(server));
        using var second = await daemon.ConnectAsync("p");
        var started = await daemon.WaitForEventAsync("ChildStarted", found => found["Peer"] == second.Name);
        await Deadline.UntilAsync(
            () => ProcFiles.Children(server).Any(child => $"{child.Pid}" == started["Pid"]), "a child of the fork server");

        Kill(server);
        await daemon.WaitForEventAsync("ForkServerEnded");
        await second.SendAsync("\n");

        var (_, lost) = await daemon.WaitForRecordAsync(second.Name);
        Assert.Equal(("exited", "with an unknown status"), (lost["End"], lost["Detail"]));
    }

    [Theory]
    [InlineData("KILL", "killed", "by signal SIGKILL")]
    [InlineData("STOP", "killed", "by signal SIGTERM")]
    public async Task Child_ThatNeverComesToItsProgram_IsLikeOthers(string signal, string end, string detail)
    {
        await using var daemon = await StartAsync("exec = [\"/bin/cat\"]");
        var server = await ProcFiles.ForkServerAsync(daemon.Pid);
        using var client = await daemon.ConnectAsync("p");
        await client.SendAsync("x");
        await client.ReceiveAsync(1);
        await using (await FaultInjection.AttachAsync(daemon, $"signal={signal}:when=1", "umask"))
        {
            using var lost = await daemon.ConnectAsync("p");
            await daemon.WaitForEventAsync("ChildStarted", found => found["Peer"] == lost.Name);
            Kill(server);
            await daemon.WaitForEventAsync("ForkServerEnded");
            using var other = await daemon.ConnectAsync("p");
            Assert.Equal("TEST", await other.ExchangeAsync("TEST"));
            client.Finish();
            await daemon.WaitForRecordAsync(client.Name);
            if (signal == "STOP")
            {
                daemon.Signal(RunningProcess.SIGTERM);
                await Command.OutputAsync(
                    "/bin/kill", "-CONT", (await daemon.WaitForEventAsync("ChildStarted", found => found["Peer"] == lost.Name))["Pid"]);
            }

            var (_, found) = await daemon.WaitForRecordAsync(lost.Name);
            Assert.Equal((end, detail), (found["End"], found["Detail"]));
        }

        Assert.Equal(0, signal == "STOP" ? await daemon.ExitAsync() : 0);
    }

    [Fact]
    public async Task Stop_WhileAChildHasNoSessionYet_EndsIt()
    {
        await using var daemon = await StartAsync("exec = [\"/bin/sleep\", \"1000\"]");
        await using var fault = await FaultInjection.AttachAsync(daemon, "delay_enter=2000000:when=1", "setsid");
        using var client = await daemon.ConnectAsync("p");
        await daemon.WaitForEventAsync("ChildStarted");

        Assert.Equal(0, await daemon.StopAsync());

        var (_, end) = await daemon.WaitForRecordAsync(client.Name);
        Assert.Equal("by signal SIGTERM", end["Detail"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Daemon_Killed_TakesTheForkServerAlong(bool isStopped)
    {
        await using var daemon = await StartAsync("exec = [\"/bin/cat\"]");
        var server = await ProcFiles.ForkServerAsync(daemon.Pid);
        if (isStopped)
        {
            await Command.OutputAsync("/bin/kill", "-STOP", $"{server}");
        }

        daemon.Signal(RunningProcess.SIGKILL);
        await daemon.ExitAsync();

        await Deadline.UntilAsync(() => !Directory.Exists($"/proc/{server}"), "no fork server");
    }

    [Fact]
    public async Task ForkServer_BetweenTwoChildren_HoldsNoDescriptorOfAChild()
    {
        await using var daemon = await StartAsync("exec = [\"/bin/cat\"]");
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));

        var descriptors = Directory.EnumerateFileSystemEntries($"/proc/{await ProcFiles.ForkServerAsync(daemon.Pid)}/fd")
            .Select(fd => (Path.GetFileName(fd), new FileInfo(fd).LinkTarget!.Split(':')[0])).Order();

        Assert.Equal(
            [
                ("0", "/dev/null"), ("1", "/dev/null"), ("2", "/dev/null"), ("3", "socket"), ("4", "/memfd"),
                ("5", "/proc/sys/fs/suid_dumpable"),
            ],
            descriptors);
    }

    [Fact]
    public async Task Child_OfAnotherUser_CanNeitherTraceNorSignalTheForkServer()
    {
        Privilege.Require("children of another user");
        await using var daemon = await StartAsync(""""
            exec = ["/bin/sh", "-c", """
                read pid
                kill -0 $pid 2>/dev/null; echo $?
                cat /proc/$pid/environ >/dev/null 2>&1; echo $?
                cat /proc/$pid/fd/3 >/dev/null 2>&1; echo $?
                """]
            user = "nobody"
            """");
        using var client = await daemon.ConnectAsync("p");

        await client.SendAsync($"{await ProcFiles.ForkServerAsync(daemon.Pid)}\n");

        Assert.Equal("1\n1\n1\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Service_WithALongEnvironmentAndManyNames_StillStarts()
    {
        // Names of sockets that do not fit into one request, in an environment that is longer than a page.
        var names = string.Join(
            '\n',
            Enumerable.Range(0, 40)
                .Select(i => $"\"127.0.0.1:%s{i}%\" = {{ service = \"names\", name = \"{new string((char)('a' + (i % 26)), 200)}\" }}"));
        await using var daemon = await Daemon.StartAsync($$""""
            [ports]
            {{names}}
            [services.names]
            exec = ["/bin/sh", "-c", """
                echo ${#LISTEN_FDNAMES} ${#LONG} $LISTEN_FDS >&2
                exec perl -MIO::Socket -e 'open(my $s, "<&=3"); bless $s, "IO::Socket::INET"; my $c = $s->accept; close $c'
                """]
            wait = true
            fds = "listen"
            env = { LONG = "{{new string('y', 100_000)}}" }
            """");
        using var client = await daemon.ConnectAsync("s0");
        await client.ReadToEndAsync();

        await daemon.WaitForEventAsync("ChildStderr", found => found["Line"] == $"{(40 * 201) - 1} 100000 40");
    }

    private static Task<Daemon> StartAsync(string keys) => Daemon.StartAsync($"""
        [defaults]
        max_per_source = "unlimited"
        user = "root"
        [log]
        lines_per_source = "unlimited"
        format = "json"
        [ports]
        "127.0.0.1:%p%" = "child"
        [services.child]
        {keys}
        """, Setup);

    // The connection of a child that was lost with the fork server is reset or closed.
    private static async Task<string> AskAsync(Daemon daemon)
    {
        using var client = await daemon.ConnectAsync("p");
        try
        {
            return await client.ReadToEndAsync();
        }
        catch (IOException)
        {
            return "reset";
        }
    }

    // A copy that is about to become a child may be taken for the fork server, and may end in the meantime.
    private static bool Kill(int pid)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            process.Kill();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Waits until every connection has one record, and no two have the same number.</summary>
    private static async Task RecordedAsync(Daemon daemon, int count)
    {
        static bool IsEnd(LogEvent found) => found.Name is "ChildEnded" or "LostChildEnded" or "ConnectionEnded";

        await Deadline.UntilAsync(() => daemon.Events.Count(IsEnd) >= count, $"{count} records", TimeSpan.FromSeconds(60));
        Assert.Equal(
            count,
            daemon.Events.Where(IsEnd).Select(found => long.Parse(found["ConnectionId"], CultureInfo.InvariantCulture)).Distinct().Count());
    }
}
