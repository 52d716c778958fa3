using System.Globalization;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Spawn;

/// <summary>A spawner with clients whose children it starts.</summary>
public abstract class TestedSpawner : IDisposable
{
    private protected const int SpawnFailed = 5001, ChildStderr = 5002, ChildKilled = 5003, ForkServerEnded = 5010, ForkServerFailed = 5011,
        Started = 6001, Ended = 6002, ChildStarted = 6003, ChildEnded = 6004;
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private protected RecordingLogger Log { get; } = new();

    private protected WatchedTime Time { get; } = new();

    private protected ConnectionTally Tally { get; }

    private protected EventLoop Loop { get; }

    protected TestedSpawner()
    {
        Tally = new ConnectionTally(Log, Time);
        Loop = new EventLoop("test", new Epoll(), Log.LoopFailed, Time);
    }

    // make build leaves it there.
    private protected static string Helper { get; } = Path.GetFullPath("../../../../../out/netsuperd-exec", AppContext.BaseDirectory);

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Loop.Dispose();
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A spawner of the test's services, stopped at the end.</summary>
    private protected sealed class Running : IAsyncDisposable
    {
        private readonly TestedSpawner _test;
        private readonly Spawner _spawner;
        private readonly Dictionary<Service, ChildService> _children = new(ReferenceEqualityComparer.Instance);
        private bool _isStopped;

        public Running(TestedSpawner test, params Service[] services)
            : this(test, Helper, services)
        {
        }

        public Running(TestedSpawner test, string helper, params Service[] services)
        {
            _test = test;
            _spawner = new Spawner(test.Loop, test.Tally, test.Log, test.Time);
            foreach (var service in services)
            {
                _children[service] = _spawner.Prepare(service, helper, null);
                _spawner.Add(_children[service], null);
            }
        }

        public async Task<SocketPair> ConnectAsync(Service service)
        {
            var pair = await SocketPair.TcpAsync();
            _spawner.Start(_children[service], pair.Server, "name", _test.Tally.Open(service.Name, pair.Server));
            return pair;
        }

        /// <summary>Aborts a connection, whether its child has been started or not.</summary>
        public void Abort(ConnectionRecord record) => _spawner.Ends.Abort(record);

        /// <summary>
        /// Waits until the child of a connection is watched: the program may run before the daemon has taken the fork server's answer.
        /// </summary>
        public async Task WatchedAsync(ConnectionRecord record)
        {
            bool IsWatched() => _spawner.Children.Any(child => child.Job.Record == record);
            Assert.True(await Task.Run(() => SpinWait.SpinUntil(IsWatched, Patience), Cancel));
        }

        /// <summary>Aborts a connection when its child is watched.</summary>
        public async Task AbortAsync(ConnectionRecord record)
        {
            await WatchedAsync(record);
            _spawner.Ends.Abort(record);
        }

        public Task<bool> StartSharedAsync(Service service, SocketPair pair, EndRequest? asked = null) => _spawner.StartSharedAsync(
            _children[service],
            [(pair.Server, "name")],
            _test.Tally.OpenShared(service.Name, pair.Client, null),
            asked ?? new EndRequest());

        public Task<bool> ShareNothingAsync(Service service, Socket socket) => _spawner.StartSharedAsync(
            _children[service], [], _test.Tally.OpenShared(service.Name, socket, null), new EndRequest());

        public Task SettleSharingAsync() => _spawner.SettleSharingAsync().WaitAsync(Patience, Cancel);

        /// <summary>The processes of the children that are watched.</summary>
        public IReadOnlyList<int> Watched => [.. _spawner.Children.Select(child => child.Process.Pid)];

        /// <summary>The fork server, once it runs.</summary>
        public static async Task<int> ForkServerAsync()
        {
            int? server = null;
            Assert.True(await Task.Run(() => SpinWait.SpinUntil(() => (server = Processes.ForkServer()) is not null, Patience), Cancel));
            return server!.Value;
        }

        /// <summary>Kills the fork server once it runs, and waits until the spawner has seen that.</summary>
        public async Task EndForkServerAsync(Action before)
        {
            var server = await ForkServerAsync();
            before();
            using var process = System.Diagnostics.Process.GetProcessById(server);
            process.Kill();
            await _test.Log.WhenAsync(ForkServerEnded);
        }

        public async Task StopAsync(TimeSpan? drain = null)
        {
            _isStopped = true;
            await _spawner.FinishAsync().WaitAsync(Patience, Cancel);
            await _spawner.Ends.StopAsync(drain ?? TimeSpan.FromHours(1), CancellationToken.None).WaitAsync(Patience, Cancel);
        }

        public async ValueTask DisposeAsync()
        {
            if (!_isStopped)
            {
                await StopAsync();
            }

            _test.Loop.Dispose();
            _spawner.Dispose();
            Assert.Empty(Processes.Children());
        }
    }

    private protected static class Processes
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
