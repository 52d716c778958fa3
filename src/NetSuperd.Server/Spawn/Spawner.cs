using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>Starts a child for each connection of the services that have a program, and ends them at the stop. The only spawn path.</summary>
internal sealed class Spawner : IDisposable
{
    // More would only queue here what can as well queue in the backlogs.
    private const int MostQueued = 64;

    // posix_spawn holds its thread until the child has called exec.
    private const int Threads = 2;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly Dictionary<Service, (ChildPlan Plan, StderrLog Log)> _plans = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<(Socket Socket, ConnectionRecord Record, ChildPlan Plan, StderrLog Log)> _queue = new();
    private readonly SemaphoreSlim _places = new(MostQueued);
    private readonly List<Thread> _threads = [];
    private readonly ConnectionTally _tally;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ChildWatch _watch;
    private bool _stopping;

    /// <exception cref="LibcException">Descriptors for the watch or a pipe could not be made.</exception>
    public Spawner(IEnumerable<Service> services, ConnectionTally tally, ILogger logger, TimeProvider time)
    {
        _tally = tally;
        _logger = logger;
        _time = time;
        _watch = new ChildWatch(tally, logger);
        foreach (var service in services)
        {
            var log = new StderrLog(service.Name, logger);
            _plans[service] = (new ChildPlan(service), log);
            _watch.Add(log);
        }

        for (var i = 0; i < (_plans.Count > 0 ? Threads : 0); i++)
        {
            StartThread($"spawn {i}");
        }
    }

    /// <summary>Queues a connection for its child; waits while too many are queued, so that clients wait in the backlog.</summary>
    public async ValueTask StartAsync(Service service, Socket socket, ConnectionRecord record)
    {
        await _places.WaitAsync().ConfigureAwait(false);
        var (plan, log) = _plans[service];
        lock (_queue)
        {
            _queue.Enqueue((socket, record, plan, log));
            Monitor.Pulse(_queue);
        }
    }

    /// <summary>Asks the children to end, and after the drain time ends them. Nothing may be started any more.</summary>
    public async Task StopAsync(TimeSpan drain, CancellationToken now)
    {
        // Waiting for threads is not for the thread that completes socket calls.
        await Task.Yield();
        lock (_queue)
        {
            _stopping = true;
            Monitor.PulseAll(_queue);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }

        SignalAll(SignalName.SIGTERM);
        try
        {
            await _watch.WhenEmptyAsync().WaitAsync(drain, _time, now).ConfigureAwait(false);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            foreach (var (process, record) in _watch.Children)
            {
                _logger.ChildKilled(process.Pid, record.Service);
            }

            SignalAll(SignalName.SIGKILL);
            await Task.WhenAny(_watch.WhenEmptyAsync(), Task.Delay(Grace, _time, CancellationToken.None)).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch.Dispose();
        _places.Dispose();
    }

    private void SignalAll(int signal)
    {
        foreach (var (process, _) in _watch.Children)
        {
            process.SignalGroup(signal);
        }
    }

    /// <summary>Starts a thread and waits until it can start children; where unshare(2) is not allowed, the daemon should not start.</summary>
    private void StartThread(string name)
    {
        LibcException? failure = null;
        var ready = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            SpawnThread spawn;
            try
            {
                spawn = new SpawnThread();
            }
            catch (LibcException refused)
            {
                failure = refused;
                return;
            }
            finally
            {
                ready.Set();
            }

            Run(spawn);
        });
        thread.IsBackground = true;
        thread.Name = name;
        thread.Start();
        ready.Wait();
        if (failure is not null)
        {
            throw failure;
        }

        _threads.Add(thread);
    }

    private void Run(SpawnThread spawn)
    {
        while (true)
        {
            (Socket Socket, ConnectionRecord Record, ChildPlan Plan, StderrLog Log) next;
            lock (_queue)
            {
                while (!_queue.TryDequeue(out next))
                {
                    if (_stopping)
                    {
                        return;
                    }

                    Monitor.Wait(_queue);
                }
            }

            _places.Release();
            Spawn(spawn, next.Socket, next.Record, next.Plan, next.Log);
        }
    }

    /// <summary>The daemon keeps no copy of the connection: with one, the client would not see the child's end of transmission.</summary>
    private void Spawn(SpawnThread spawn, Socket socket, ConnectionRecord record, ChildPlan plan, StderrLog log)
    {
        try
        {
            var pid = spawn.Start(plan.For(record, socket, log.Writer));
            record.Pid = pid;
            socket.Dispose();
            _tally.Start(record);
            _watch.Add(ChildProcess.Watch(pid), record, log);
        }
        catch (Exception failure)
        {
            socket.Dispose();
            var reason = Reason(failure, plan);
            _tally.Start(record);
            _logger.SpawnFailed(plan.Path, record.Service, reason);
            _tally.Close(record, ConnectionEnd.Unspawned, reason);
        }
    }

    private static string Reason(Exception failure, ChildPlan plan) => failure switch
    {
        LibcException { Errno: Errno.ENOENT } when !Directory.Exists(plan.Directory) => $"the directory {plan.Directory} is gone",
        LibcException libc => libc.Errno.Reason().ToLowerInvariant(),
        _ => failure.Message,
    };
}
