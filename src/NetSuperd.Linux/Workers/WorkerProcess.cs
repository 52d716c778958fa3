using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Linux.Forward;
using NetSuperd.Server;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>The process of a worker: serves the connections that the daemon sends, with the handlers that the daemon names.</summary>
/// <remarks>
/// It ends when the daemon closes the channel, or has itself ended. A signal to end makes it ask its handlers to end; the daemon starts
/// another one then.
/// </remarks>
public sealed class WorkerProcess : IWatcher, ILoopWork, IDisposable
{
    /// <summary>The name of the channel in LISTEN_FDNAMES.</summary>
    public const string ChannelName = "worker";

    private const int MostPerTurn = 64;

    // How long the handlers have when a signal asks the process to end, and the daemon has not said that within a second.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(30), DaemonPatience = TimeSpan.FromSeconds(1);

    // How long the constructor of a handler may delay the end.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<TimeSpan> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _buffer = new byte[MessageSocket.MostBytes];
    private readonly Queue<Descriptor> _arrived = new();
    private readonly MessageSocket _channel;
    private readonly EventLoop _loop;
    private readonly WorkerTally _tally;
    private readonly HandlerRunner _runner;
    private readonly WorkerHost _host;
    private readonly WorkerHandlers _handlers;
    private readonly WorkerTimes _times;
    private readonly TimeProvider _time;
    private Task _work = Task.CompletedTask;

    private WorkerProcess(MessageSocket channel, IReadOnlyList<Type> builtins, Host host, TimeProvider time)
    {
        var loggers = new ForwardedLog(channel);
        var logger = loggers.CreateLogger("NetSuperd");
        _channel = channel;
        _time = time;
        _loop = new EventLoop("connections", new Epoll(), logger.LoopFailed, time);
        _tally = new WorkerTally(channel, _loop, time);
        _runner = new HandlerRunner(_tally, _loop, logger, time);
        _host = new WorkerHost(channel);
        _times = new WorkerTimes(_runner, logger, time);
        _handlers = new WorkerHandlers(builtins, host, loggers, _host, _loop, _tally, time);
    }

    /// <summary>Serves until the daemon ends the worker.</summary>
    /// <param name="channel">The channel to the daemon, which it has passed on.</param>
    /// <param name="builtins">The types of the built-in handlers.</param>
    /// <param name="host">What the system offers.</param>
    public static async Task RunAsync(SafeHandle channel, IEnumerable<Type> builtins, Host host)
    {
        using var worker = new WorkerProcess(MessageSocket.Of(channel), [.. builtins], host, TimeProvider.System);
        var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            worker._signalled.TrySetResult();
        });
        await worker.RunAsync().ConfigureAwait(false);

        // The signal may come again while the process ends, and would end it as a failure.
        GC.KeepAlive(term);
    }

    /// <summary>Receives what the daemon sends.</summary>
    public void Ready(Events events) => Run();

    /// <summary>The same after a turn for others.</summary>
    public void Run()
    {
        for (var count = 0; count < MostPerTurn; count++)
        {
            var received = _channel.Receive(_buffer, _arrived);
            if (received.MustWait)
            {
                return;
            }

            if (received.Count <= 0)
            {
                _over.TrySetResult();
                return;
            }

            Take(_buffer.AsSpan(0, received.Count));
            while (_arrived.TryDequeue(out var left))
            {
                left.Dispose();
            }
        }

        _loop.Post(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The channel stays open until the process ends: its end is the end of the process for the daemon.
        _loop.Dispose();
        _runner.Dispose();
    }

    private async Task RunAsync()
    {
        _loop.Watch(_channel.Handle, this, Events.Read | Events.Edge);
        await Task.WhenAny(_over.Task, _asked.Task, _signalled.Task).ConfigureAwait(false);
        var drain = TimeSpan.Zero;
        if (_signalled.Task.IsCompleted)
        {
            _channel.Send([(byte)MessageKind.Leaving]);
            await Task.WhenAny(_over.Task, _asked.Task, Task.Delay(DaemonPatience, _time)).ConfigureAwait(false);
            drain = _over.Task.IsCompleted ? TimeSpan.Zero : Drain;
        }

        drain = _asked.Task.IsCompleted ? await _asked.Task.ConfigureAwait(false) : drain;
        await _runner.StopAsync(drain, CancellationToken.None).ConfigureAwait(false);
        await Task.WhenAny(_work, Task.Delay(Grace, _time)).ConfigureAwait(false);
        await _handlers.DisposeAsync().ConfigureAwait(false);
    }

    private void Take(ReadOnlySpan<byte> message)
    {
        var kind = (MessageKind)message[0];
        if (kind == MessageKind.Create)
        {
            // The code of a plugin never runs on the loop; one handler is created after the other.
            var order = WorkerJson.Read<HandlerOrder>(message)!;
            var tls = order.HasTls && _arrived.TryDequeue(out var file) ? file : null;
            var before = _work;
            _work = Task.Run(() => CreateAsync(order, tls, before));
            return;
        }

        if (kind == MessageKind.Datagrams)
        {
            Serve(WorkerJson.Read<DatagramOrder>(message)!);
            return;
        }

        if (kind == MessageKind.Shown)
        {
            _host.Show(WorkerJson.Read<ServerForm>(message)!);
            return;
        }

        if (kind == MessageKind.Values)
        {
            _tally.Expect(WorkerJson.Read<ValuesForm>(message)!);
            return;
        }

        foreach (ref readonly var about in ConnectionMessage.Read(message))
        {
            Take(about);
        }
    }

    /// <summary>
    /// Serves the datagrams of a socket. Without a free descriptor their channel has not arrived, and the daemon sees its end.
    /// </summary>
    private void Serve(DatagramOrder order)
    {
        if (_arrived.TryDequeue(out var channel))
        {
            _handlers.Serve(order, MessageSocket.Of(channel));
        }
    }

    private void Take(in ConnectionMessage about)
    {
        switch (about.Kind)
        {
            case MessageKind.Serve or MessageKind.ServeForChild or MessageKind.ServeFrom or MessageKind.ServeDatagrams:
                Serve(about);
                break;
            case MessageKind.Abort:
                _tally.Forget(about.Id);
                _runner.Find(about.Id)?.Abort();
                break;
            case MessageKind.Start:
                _work = StartAsync(about.Handler, _work);
                break;
            case MessageKind.Drop:
                _work = DropAsync(about.Handler, _work);
                break;
            case MessageKind.Stop:
                _asked.TrySetResult(TimeSpan.FromMilliseconds(about.Id));
                break;
            default:
                // The daemon asks each second.
                _channel.Send([(byte)MessageKind.Alive]);
                _tally.ReportMoved();
                _handlers.Watch();
                break;
        }
    }

    private async Task DropAsync(int number, Task before)
    {
        await before.ConfigureAwait(false);
        _handlers.Drop(number);
    }

    private async Task CreateAsync(HandlerOrder order, Descriptor? tls, Task before)
    {
        await before.ConfigureAwait(false);
        var report = Create(order, tls);
        if (_handlers.HasPlugin)
        {
            _runner.WatchPool();
        }

        Report(MessageKind.Created, report);
    }

    private HandlerReport Create(HandlerOrder order, Descriptor? tls)
    {
        try
        {
            using (tls)
            {
                return order.HasTls && tls is null
                    ? order.Failed("no descriptor is left for its certificates")
                    : _handlers.Create(order, tls is null ? null : WorkerJson.PlansOf(SealedFile.Read(tls)));
            }
        }
        catch (Exception failure)
        {
            // The daemon waits for the answer, and the orders that come later for the end of this one.
            return order.Failed($"{failure.GetType().Name}: {failure.Message}");
        }
    }

    private async Task StartAsync(int number, Task before)
    {
        await before.ConfigureAwait(false);
        Report(MessageKind.Started, await _handlers.StartAsync(number).ConfigureAwait(false));
    }

    private void Report(MessageKind kind, HandlerReport report) => _channel.Send(WorkerJson.Write(kind, report)
        ?? WorkerJson.Write(kind, report with { Problems = [new ProblemForm(null, "its problems are too long for a message")] })!);

    private void Serve(in ConnectionMessage about)
    {
        // Without free descriptors they have not arrived. What has arrived is taken in any case: the next connection has its own.
        var connection = Arrived((AddressFamily)about.Family);
        var end = about.Kind == MessageKind.ServeForChild ? Arrived(AddressFamily.Unix) : null;
        var source = about.Kind == MessageKind.ServeFrom ? Arrived(about.Peer.ToEndPoint()!.AddressFamily) : null;
        var handler = _handlers.Find(about.Handler);
        var relay = handler?.Handler as ChildRelay;
        if (connection is null || handler is null || (end is null) != (relay is null)
            || (source is null) != (about.Kind != MessageKind.ServeFrom)
            || _tally.Open(handler.Use, about, connection, source) is not { } record)
        {
            connection?.Dispose();
            end?.Dispose();
            source?.Dispose();
            _tally.Refuse(about.Id);
            return;
        }

        if (end is not null)
        {
            relay!.Expect(record.Id, end);
        }

        if (handler.Handler is ForwardHandler && connection.Family.IsIp)
        {
            connection.SendAtOnce();
        }

        _runner.Start(handler, connection, record, about.Limits.ToAdmission());
        _times.Watch(about.Limits);
    }

    private LinuxStreamSocket? Arrived(AddressFamily family) =>
        _arrived.TryDequeue(out var arrived) ? LinuxStreamSocket.Of(arrived, family) : null;
}
