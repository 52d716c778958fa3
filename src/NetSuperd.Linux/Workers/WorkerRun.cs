using System.Collections.Concurrent;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Serve;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>One process of a worker.</summary>
/// <remarks>
/// Overview. What the daemon sends never waits: what the channel does not take now is kept, and clients wait in the backlogs meanwhile.
/// The process may run foreign code, and its messages are taken as those of a stranger: they are about its own connections and handlers
/// alone, and anything else ends it. Its connections end when the channel or the process ends, whichever is first.
/// </remarks>
/// <param name="name">The name of the process.</param>
/// <param name="channel">The channel to it.</param>
/// <param name="loop">Watches the channel.</param>
/// <param name="live">The connections of all workers.</param>
/// <param name="host">What handlers see of the server, and what it does for them.</param>
/// <param name="log">Writes its events to the log.</param>
/// <param name="job">The process.</param>
/// <param name="time">The clock.</param>
internal sealed partial class WorkerRun(
    string name, MessageSocket channel, EventLoop loop, LiveConnections live, IHandlerHost host, WorkerLog log, ChildJob job,
    TimeProvider time)
    : IWatcher, ILoopWork
{
    /// <summary>How long a process may leave the daemon without an answer.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    // How many messages are received before other descriptors of the loop have their turn.
    private const int MostPerTurn = 64;

    // Longer than a handler may take to start, which the worker itself limits.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(35);

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    // The channel of a process that ends by itself is closed a moment before its end.
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<int, WorkerService> _handlers = new();
    private readonly ConcurrentDictionary<(MessageKind Kind, int Number), TaskCompletionSource<HandlerReport>> _asked = new();
    private readonly WorkerOutbox _outbox = new(channel);
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LineBudget _lines = new(time);
    private readonly EndRequest _ending = new();
    private readonly byte[] _buffer = new byte[MessageSocket.MostBytes];
    private long? _token;
    private int _unanswered;
    private bool _mayHaveSent;
    private volatile bool _hasPlugin;
    private volatile bool _isStopping;
    private volatile bool _isLost;

    /// <summary>The process id; null before it is started.</summary>
    public int? Pid => job.Record.Pid;

    /// <summary>Asks the process to end.</summary>
    public EndRequest Asked => _ending;

    /// <summary>Completes when its connections have ended with it.</summary>
    public Task Lost => _lost.Task;

    /// <summary>Whether messages wait for room in the channel.</summary>
    public bool IsFull => _outbox.IsFull;

    /// <summary>Whether it has loaded a plugin: it may keep what it says it has closed.</summary>
    public bool HasPlugin => _hasPlugin;

    /// <summary>Whether it has sent what no worker sends, which ends it.</summary>
    public bool IsForeign { get; private set; }

    /// <summary>Called on the loop when messages that waited are sent.</summary>
    public Worker? Waiting { get; set; }

    /// <summary>Begins to hear it.</summary>
    /// <exception cref="CallException">The channel cannot be watched.</exception>
    public void Watch() => _token = loop.Watch(channel.Handle, this, Events.Read | Events.Write | Events.Edge);

    /// <summary>Makes it create a handler, and start it if it has been started before.</summary>
    /// <returns>The outcome.</returns>
    public async Task<HandlerReport> CreateAsync(WorkerService service)
    {
        var order = service.Order;
        if (WorkerJson.Write(MessageKind.Create, order) is not { } message)
        {
            return order.Failed($"its settings are longer than {MessageSocket.MostBytes} bytes");
        }

        Descriptor[] files;
        try
        {
            files = service.Tls is { } tls ? [SealedFile.Create(WorkerJson.BytesOf(tls))] : [];
        }
        catch (CallException failure)
        {
            return order.Failed(failure.Message);
        }

        _handlers[order.Number] = service;
        _hasPlugin |= order.Plugin is not null;
        var report = await AskAsync(service, MessageKind.Created, message, files).ConfigureAwait(false);
        return report.Problems is [] && service.IsStarted ? await StartAsync(service).ConfigureAwait(false) : report;
    }

    /// <summary>Makes it start a handler that it has created.</summary>
    /// <returns>The outcome.</returns>
    public Task<HandlerReport> StartAsync(WorkerService service) => AskAsync(
        service, MessageKind.Started, new ConnectionMessage { Kind = MessageKind.Start, Handler = service.Order.Number }.Bytes.ToArray());

    /// <summary>Makes it dispose of a handler that nothing uses any more.</summary>
    public void Drop(WorkerService service)
    {
        if (_handlers.TryRemove(service.Order.Number, out _))
        {
            Send(new ConnectionMessage { Kind = MessageKind.Drop, Handler = service.Order.Number }.Bytes);
        }
    }

    /// <summary>Makes it ask its handlers to end within a time.</summary>
    public void Stop(TimeSpan drain)
    {
        _isStopping = true;
        Send(new ConnectionMessage { Kind = MessageKind.Stop, Id = (long)drain.TotalMilliseconds }.Bytes);
    }

    /// <summary>Ends it, since nothing uses it any more: it disposes of its handlers, and is killed if that takes longer.</summary>
    public void End(TimeSpan longest)
    {
        Stop(TimeSpan.Zero);
        _ending.Make(longest);
    }

    /// <summary>Asks for a sign of life. To be called once a second.</summary>
    /// <returns>False where too many questions have had no answer.</returns>
    public bool Ask()
    {
        log.TellDropped(name, _lines);
        if (Interlocked.Increment(ref _unanswered) > LongestSilence.TotalSeconds)
        {
            return false;
        }

        Send(new ConnectionMessage { Kind = MessageKind.Ask }.Bytes);
        Show();
        return true;
    }

    /// <summary>Receives its messages, and sends those that have waited.</summary>
    public void Ready(Events events)
    {
        _mayHaveSent = true;
        Run();
    }

    /// <summary>Sends it clients; receives messages after a turn for others, and after the end of the process.</summary>
    public void Run()
    {
        if (_lost.Task.IsCompleted)
        {
            return;
        }

        var hasEnded = job.Ended.IsCompleted;
        if (_mayHaveSent || hasEnded)
        {
            Receive();
        }

        if (_lost.Task.IsCompleted)
        {
            return;
        }

        if (_outbox.Flush())
        {
            Waiting?.TellWaiters();
        }

        if (_mayHaveSent)
        {
            loop.Post(this);
        }
        else if (hasEnded)
        {
            Lose();
        }
    }

    /// <summary>Receives messages until there is none, or others have their turn.</summary>
    private void Receive()
    {
        for (var count = 0; count < MostPerTurn; count++)
        {
            var received = channel.Receive(_buffer);
            if (received.MustWait)
            {
                _mayHaveSent = false;
                return;
            }

            IsForeign = received.Count > 0 && !TryTake(_buffer.AsSpan(0, received.Count));
            if (received.Count <= 0 || IsForeign)
            {
                Lose();
                return;
            }
        }
    }

    /// <summary>Takes a message, whatever is in it.</summary>
    private bool TryTake(ReadOnlySpan<byte> message)
    {
        try
        {
            return Take(message);
        }
        catch (Exception malformed) when (malformed is InvalidOperationException or ArgumentException or FormatException)
        {
            return false;
        }
    }

    /// <summary>Takes a message.</summary>
    /// <returns>False where it is none that a worker sends.</returns>
    private bool Take(ReadOnlySpan<byte> message)
    {
        switch ((MessageKind)message[0])
        {
            case MessageKind.Created or MessageKind.Started when WorkerJson.Read<HandlerReport>(message) is { } report
                && report.Problems.All(problem => problem is not null)
                && report.PassesTo.Concat(report.Shows).All(service => service is not null):
                return _asked.TryRemove(((MessageKind)message[0], report.Number), out var waiting) && waiting.TrySetResult(report);
            case MessageKind.Logged when WorkerJson.Read<LogForm>(message) is { } logged:
                return Log(logged);
            case MessageKind.Moved or MessageKind.Reached or MessageKind.Ended:
                return TakeReports(ConnectionMessage.Read(message));
            case MessageKind.Passed when WorkerJson.Read<PassForm>(message) is { } passed:
                return Pass(passed);
            case MessageKind.Encrypted when WorkerJson.Read<HandshakeForm>(message) is { } encrypted:
                return Encrypt(encrypted);
            case MessageKind.Leaving:
                Waiting?.Leave(this);
                return true;
            case MessageKind.Alive:
                Volatile.Write(ref _unanswered, 0);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Waits for the answer about a handler.</summary>
    private async Task<HandlerReport> AskAsync(WorkerService service, MessageKind answer, byte[] message, params Descriptor[] files)
    {
        var report = new TaskCompletionSource<HandlerReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[(answer, service.Order.Number)] = report;
        _outbox.Send(message, files);
        Task answered = Task.WhenAny(report.Task, _lost.Task);
        await answered.WaitAsync(Patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_lost.Task.IsCompleted)
        {
            // The channel ends a moment before the process, whose end says why.
            await ((Task)job.Ended).WaitAsync(EndPatience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!report.Task.IsCompleted && !_lost.Task.IsCompleted)
        {
            Waiting?.Close();
        }

        return report.Task.IsCompletedSuccessfully ? await report.Task.ConfigureAwait(false)
            : _lost.Task.IsCompleted ? service.Order.Failed($"its worker has ended: {job.HowEnded}")
            : service.Order.Failed($"its worker has not answered within {Patience.TotalSeconds:0} s");
    }

    private bool Log(LogForm logged)
    {
        var service = _handlers.Values.FirstOrDefault(own => logged.Service is "" || own.Order.Service == logged.Service);
        if (service is not null)
        {
            var mayName = logged.ConnectionId is { } id && live.MayName(id, this);
            log.Write(service.Use, name, _lines, logged, mayName ? logged.ConnectionId : null);
        }

        // A handler that has just been dropped may still have logged something.
        return true;
    }

    private void Send(ReadOnlySpan<byte> message) => _outbox.Send(message);

    /// <summary>The channel or the process has ended: the connections end, and so does the process where it still runs.</summary>
    private void Lose()
    {
        if (_token is { } token)
        {
            loop.Forget(channel.Handle, token);
        }

        // Clients that come before the process has ended wait for the next one.
        Waiting?.Leave(this);

        // From here on a connection that is just being added ends there; one that was added before ends here.
        _isLost = true;
        channel.Dispose();
        _outbox.Close();
        _ending.Make(EndGrace);
        LoseConnections();
        _lost.TrySetResult();
    }
}
