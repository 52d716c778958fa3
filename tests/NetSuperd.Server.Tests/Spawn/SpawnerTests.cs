using System.Globalization;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests.Spawn;

/// <remarks>By themselves: descriptors and children are counted.</remarks>
[Collection(Alone.Name)]
public sealed class SpawnerTests : IDisposable
{
    private const int SpawnFailed = 5001, ChildStderr = 5002, ChildKilled = 5003, ForkServerEnded = 5010, ForkServerFailed = 5011,
        Started = 6001, Ended = 6002, ChildStarted = 6003, ChildEnded = 6004;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly WatchedTime _time = new();
    private readonly ConnectionTally _tally;
    private readonly EventLoop _loop;

    public SpawnerTests()
    {
        _tally = new ConnectionTally(_log, _time);
        _loop = new EventLoop("test", _log.LoopFailed);
    }

    // make build leaves it there.
    private static string Helper { get; } = Path.GetFullPath("../../../../../out/netsuperd-exec", AppContext.BaseDirectory);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _loop.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData("exit 0", "exited", "with status 0")]
    [InlineData("exit 7", "exited", "with status 7")]
    [InlineData("kill -KILL $$", "killed", "by signal SIGKILL")]
    public async Task Start_AChild_LeavesOneStartAndOneEnd(string command, string end, string detail)
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", command);
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);

        Assert.Empty(await pair.ReceiveToEndAsync());
        var ended = (await _log.WhenAsync(ChildEnded))[0];
        Assert.Equal((end, detail), (ended["End"], ended["Detail"]));
        Assert.Equal(Assert.Single(_log.Of(ChildStarted))["Pid"], ended["Pid"]);
        Assert.Empty(_log.Of(Started));
        Assert.Empty(_tally.Live);
    }

    [Fact]
    public async Task Start_AChild_HasTheConnectionAndEndsItByItself()
    {
        var service = Maps.Child("cat", "/bin/cat");
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);
        await pair.SendAsync("hello"u8.ToArray());
        pair.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal("hello", await pair.ReceiveTextAsync());
        Assert.Equal("with status 0", (await _log.WhenAsync(ChildEnded))[0]["Detail"]);
    }

    [Fact]
    public async Task Start_AChild_GetsABlockingSocketAndNoOtherDescriptor()
    {
        var service = Maps.Child(
            "sh", "/bin/sh", "-c", "ls -x /proc/$$/fd; grep flags /proc/$$/fdinfo/0; readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2");
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);
        var lines = (await pair.ReceiveTextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        const int O_NONBLOCK = 0x800;
        Assert.Equal(["0", "1", "2"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(0, Convert.ToInt32(lines[1].Split('\t')[1], 8) & O_NONBLOCK);
        Assert.StartsWith("socket:", lines[2], StringComparison.Ordinal);
        Assert.Equal(lines[2], lines[3]);
        Assert.StartsWith("pipe:", lines[4], StringComparison.Ordinal);
        await _log.WhenAsync(ChildEnded);
    }

    [Fact]
    public async Task Start_WhatAChildWritesToStandardError_IsLoggedAndNotSent()
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", "echo oops >&2; echo -n partial >&2");
        var run = new Running(this, service);
        using (var pair = await run.ConnectAsync(service))
        {
            Assert.Empty(await pair.ReceiveToEndAsync());
            await _log.WhenAsync(ChildEnded);
        }

        await run.DisposeAsync();
        Assert.Equal(["oops", "partial"], _log.Of(ChildStderr).Select(logged => logged["Line"]));
    }

    [Theory]
    [InlineData("/nonexistent/program", "/", "exec", "exec ENOENT")]
    [InlineData("/bin/cat", "/nonexistent", "cwd", "cwd ENOENT")]
    [InlineData("/etc/passwd", "/", "exec", "exec EACCES")]
    public async Task Start_AProgramThatVanished_LeavesOneRecordAndClosesTheClient(
        string program, string directory, string step, string word)
    {
        _log.Expects(SpawnFailed);
        var service = Maps.Child("gone", program);
        service = service with { Program = service.Program! with { Cwd = directory } };
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);

        Assert.Empty(await pair.ReceiveToEndAsync());
        var failed = (await _log.WhenAsync(SpawnFailed))[0];
        Assert.Equal("unspawned", (await _log.WhenAsync(ChildEnded))[0]["End"]);
        Assert.Equal((program, step, 1L), ((string)failed["Program"]!, (string)failed["Step"]!, (long)failed["Failures"]!));
        Assert.Equal([SpawnFailed, ChildStarted, ChildEnded], _log.Ids.Order());
        Assert.Equal(1, _tally.Totals["gone"].Reasons[word]);
        Assert.Empty(_tally.Live);
    }

    [Fact]
    public async Task Start_WithoutTheHelper_LeavesOneRecordAndClosesTheClient()
    {
        _log.Expects(SpawnFailed, ForkServerEnded, ForkServerFailed);
        using var folder = new TemporaryFolder();
        var helper = Path.Combine(folder.Path, "netsuperd-exec");
        File.Copy(Helper, helper);
        var service = Maps.Child("cat", "/bin/cat");
        await using var run = new Running(this, helper, service);
        await run.EndForkServerAsync(() => File.Delete(helper));
        using var pair = await run.ConnectAsync(service);

        Assert.Empty(await pair.ReceiveToEndAsync());
        var failed = (await _log.WhenAsync(SpawnFailed))[0];
        Assert.Equal(("spawn", helper), (failed["Step"], failed["Program"]));
        Assert.Equal("spawn: No such file or directory", (await _log.WhenAsync(Ended))[0]["Detail"]);
        Assert.Equal([SpawnFailed, ForkServerEnded, ForkServerFailed, Started, Ended], _log.Ids.Order());
        Assert.Equal(1, _tally.Totals["cat"].Reasons["spawn ENOENT"]);

        // The reason is in the log already.
        using var next = await run.ConnectAsync(service);
        Assert.Empty(await next.ReceiveToEndAsync());
        Assert.Equal("spawn: No such file or directory", (await _log.WhenAsync(Ended, 2))[1]["Detail"]);
        Assert.Single(_log.Of(SpawnFailed));
        Assert.Single(_log.Of(ForkServerFailed));
        Assert.Equal(2, _tally.Totals["cat"].Reasons["spawn ENOENT"]);
    }

    [Fact]
    public void Make_WithoutTheHelper_NamesIt()
    {
        using var spawner = new Spawner(_loop, _tally, _log, _time);

        var failure = Assert.Throws<LibcException>(
            () => spawner.Prepare(Maps.Child("cat", "/bin/cat"), "/nonexistent/netsuperd-exec", null));

        Assert.Equal("/nonexistent/netsuperd-exec", failure.Argument);
    }

    [Theory]
    [InlineData("exit 203")]
    [InlineData("exit 217")]
    public async Task Start_AChildWithAStatusOfTheHelper_HasEndedByItself(string command)
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", command);
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);

        Assert.Equal("exited", (await _log.WhenAsync(ChildEnded))[0]["End"]);
        Assert.Empty(_log.Of(SpawnFailed));
    }

    [Fact]
    public async Task Share_ASocket_CompletesWhenTheChildHasEnded()
    {
        var service = Maps.Child("head", "/usr/bin/head", "-c", "3");
        await using var run = new Running(this, service);
        using var pair = await SocketPair.TcpAsync();
        var ended = run.ShareAsync(service, pair);
        await _log.WhenAsync(ChildStarted);
        Assert.False(ended.IsCompleted);

        await pair.SendAsync("abc"u8.ToArray());
        Assert.True(await ended.WaitAsync(Patience, Cancel));

        // The daemon has the socket still: the child only shared it.
        Assert.False(pair.Server.IsClosed);
        Assert.Equal("any", (await _log.WhenAsync(ChildEnded))[0]["Peer"]);
    }

    [Fact]
    public async Task Share_ThatCannotBeAskedFor_FailsAndTheNextChildIsStarted()
    {
        _log.Expects(SpawnFailed);
        var service = Maps.Child("true", "/bin/true");
        await using var run = new Running(this, service);
        using var pair = await SocketPair.TcpAsync();

        Assert.False(await run.ShareNothingAsync(service, pair.Client).WaitAsync(Patience, Cancel));

        Assert.Single(_log.Of(SpawnFailed));
        using var next = await run.ConnectAsync(service);
        Assert.Empty(await next.ReceiveToEndAsync());
        await _log.WhenAsync(ChildEnded);
    }

    [Fact]
    public async Task Start_TwoHundredChildren_LeaveNoDescriptorAndNoZombie()
    {
        const int Children = 200;
        var service = Maps.Child("true", "/bin/true");
        await using var run = new Running(this, service);
        using (var first = await run.ConnectAsync(service))
        {
            Assert.Empty(await first.ReceiveToEndAsync());
            await _log.WhenAsync(ChildEnded);
        }

        // Now and not at the end, where it would close what the daemon has forgotten.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Processes.OpenDescriptors();
        for (var i = 0; i < Children; i++)
        {
            using var pair = await run.ConnectAsync(service);
            Assert.Empty(await pair.ReceiveToEndAsync());
        }

        await _log.WhenAsync(ChildEnded, Children + 1);
        await _log.WhenAsync(ChildStarted, Children + 1);
        Assert.Single(Processes.Children());
        Assert.InRange(Processes.OpenDescriptors(), 0, before);
        Assert.Equal(Children + 1, _log.Of(ChildEnded).Select(ended => ended["ConnectionId"]).Distinct().Count());
    }

    [Fact]
    public async Task Stop_ChildrenThatObey_EndByTerm()
    {
        var service = Maps.Child("sleep", "/bin/sleep", "1000");
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);
        await _log.WhenAsync(ChildStarted);

        await run.StopAsync();

        Assert.Equal("by signal SIGTERM", Assert.Single(_log.Of(ChildEnded))["Detail"]);
        Assert.Empty(_log.Of(ChildKilled));
    }

    [Fact]
    public async Task Stop_AChildThatIgnoresTerm_IsKilledAfterTheDrain()
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1000; done");
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);
        Assert.Equal(6, await pair.Client.ReceiveAsync(new byte[10], Cancel).AsTask().WaitAsync(Patience, Cancel));

        var stopping = run.StopAsync(TimeSpan.FromSeconds(30));
        await _time.TimerAsync();
        _time.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromMilliseconds(1));
        Assert.False(stopping.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await stopping;

        Assert.Single(_log.Of(ChildKilled));
        Assert.Equal("by signal SIGKILL", Assert.Single(_log.Of(ChildEnded))["Detail"]);
        Assert.Empty(await pair.ReceiveToEndAsync());
    }

    [Theory]
    [InlineData("trap '' TERM; echo ready; while :; do sleep 1000; done", "by signal SIGKILL")]
    [InlineData("(trap '' TERM; echo ready; exec sleep 1000) & exec sleep 1000", "by signal SIGTERM")]
    public async Task Share_AChildThatIsAskedToEnd_IsKilledAfterItsTimeWithAllOfItsSession(string script, string detail)
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", script);
        await using var run = new Running(this, service);
        using var pair = await SocketPair.TcpAsync();
        var asked = new TaskCompletionSource<TimeSpan>();
        var ended = run.ShareAsync(service, pair, asked.Task);
        Assert.Equal(6, await pair.Client.ReceiveAsync(new byte[10], Cancel).AsTask().WaitAsync(Patience, Cancel));

        asked.SetResult(TimeSpan.FromSeconds(30));
        while (await Task.WhenAny(ended, _time.TimerAsync()).WaitAsync(Patience, Cancel) != ended)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.True(await ended);
        Assert.Single(_log.Of(ChildKilled));
        Assert.Equal(detail, Assert.Single(_log.Of(ChildEnded))["Detail"]);

        // Nothing of the session has the socket any more.
        pair.Server.Dispose();
        Assert.Empty(await pair.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Stop_ConnectionsThatWaitForTheirChild_GetOneFirst()
    {
        const int Waiting = 50;
        var service = Maps.Child("sleep", "/bin/sleep", "1000");
        await using var run = new Running(this, service);
        var pairs = new List<SocketPair>();
        for (var i = 0; i < Waiting; i++)
        {
            pairs.Add(await run.ConnectAsync(service));
        }

        await run.StopAsync();

        Assert.Empty(_tally.Live);
        var totals = _tally.Totals[service.Name];
        Assert.Equal(Waiting, totals[ConnectionEnd.Killed]);
        foreach (var pair in pairs)
        {
            Assert.Empty(await pair.ReceiveToEndAsync());
            pair.Dispose();
        }
    }

    [Theory]
    [InlineData("if (!fork) { setpgrp(0, 0); $| = 1; print 'x'; sleep(1000) } sleep(1000)")]
    [InlineData("if (!fork) { $| = 1; print 'x'; sleep(1000) }")]
    public async Task Stop_WhatAChildStarted_EndsToo(string script)
    {
        // The client sees the end only when every process that has the connection is gone: of another group, or left by its parent.
        var service = Maps.Child("perl", "/usr/bin/perl", "-e", script);
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);
        Assert.Equal(1, await pair.Client.ReceiveAsync(new byte[10], Cancel).AsTask().WaitAsync(Patience, Cancel));

        await run.StopAsync();

        Assert.Empty(await pair.ReceiveToEndAsync());
    }

    /// <summary>A spawner of the test's services, stopped at the end.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly SpawnerTests _test;
        private readonly Spawner _spawner;
        private readonly Dictionary<Service, ChildService> _children = new(ReferenceEqualityComparer.Instance);
        private bool _isStopped;

        public Running(SpawnerTests test, params Service[] services)
            : this(test, Helper, services)
        {
        }

        public Running(SpawnerTests test, string helper, params Service[] services)
        {
            _test = test;
            _spawner = new Spawner(test._loop, test._tally, test._log, test._time);
            foreach (var service in services)
            {
                _children[service] = _spawner.Prepare(service, helper, null);
                _spawner.Add(_children[service], null);
            }
        }

        public async Task<SocketPair> ConnectAsync(Service service)
        {
            var pair = await SocketPair.TcpAsync();
            _spawner.Start(_children[service], pair.Server, "name", _test._tally.Open(service.Name, pair.Server));
            return pair;
        }

        public Task<bool> ShareAsync(Service service, SocketPair pair, Task<TimeSpan>? asked = null) => _spawner.ShareAsync(
            _children[service],
            [(pair.Server, "name")],
            _test._tally.OpenShared(service.Name, pair.Client, null),
            asked ?? new TaskCompletionSource<TimeSpan>().Task);

        public Task<bool> ShareNothingAsync(Service service, Socket socket) => _spawner.ShareAsync(
            _children[service], [], _test._tally.OpenShared(service.Name, socket, null), new TaskCompletionSource<TimeSpan>().Task);

        /// <summary>Kills the fork server once it runs, and waits until the spawner has seen that.</summary>
        public async Task EndForkServerAsync(Action before)
        {
            int? server = null;
            Assert.True(await Task.Run(() => SpinWait.SpinUntil(() => (server = Processes.ForkServer()) is not null, Patience), Cancel));
            before();
            using var process = System.Diagnostics.Process.GetProcessById(server!.Value);
            process.Kill();
            await _test._log.WhenAsync(ForkServerEnded);
        }

        public async Task StopAsync(TimeSpan? drain = null)
        {
            _isStopped = true;
            await _spawner.FinishAsync().WaitAsync(Patience, Cancel);
            await _spawner.StopAsync(drain ?? TimeSpan.FromHours(1), CancellationToken.None).WaitAsync(Patience, Cancel);
        }

        public async ValueTask DisposeAsync()
        {
            if (!_isStopped)
            {
                await StopAsync();
            }

            _test._loop.Dispose();
            _spawner.Dispose();
            Assert.Empty(Processes.Children());
        }
    }

    private static class Processes
    {
        /// <summary>Sockets, pipes, epoll sets and processes; the runtime opens files of its own whenever it likes.</summary>
        public static int OpenDescriptors()
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd")
                .Count(fd => new FileInfo(fd).LinkTarget is { } target && !target.StartsWith('/'));
        }

        /// <summary>The states of the processes, zombies among them, whose parent is this one.</summary>
        public static IReadOnlyList<string> Children() => [.. All().Select(child => child.State)];

        /// <summary>The fork server; null where it does not run yet.</summary>
        public static int? ForkServer() => All().Select(child => (int?)child.Pid).FirstOrDefault(IsForkServer);

        private static bool IsForkServer(int? pid) =>
            File.ReadAllText($"/proc/{pid}/cmdline").Contains("--fork-server", StringComparison.Ordinal);

        private static IEnumerable<(int Pid, string State)> All()
        {
            var self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            return Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]))
                .Select(folder => (Pid: int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture), Fields: Stat(folder)))
                .Where(found => found.Fields.Length > 2 && found.Fields[1] == self)
                .Select(found => (found.Pid, found.Fields[0]));
        }

        // pid (comm) state ppid ...
        private static string[] Stat(string process)
        {
            try
            {
                var stat = File.ReadAllText($"{process}/stat");
                return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            }
            catch (IOException)
            {
                return [];
            }
        }
    }
}
