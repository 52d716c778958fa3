using NetSuperd.Platform;

namespace NetSuperd.Server.Tally;

/// <summary>
/// A server, the child of a service that runs all the time: its present process, how often it was started again, how it ended last, and
/// how soon it may be started again. It outlives maps, and a restart hands it over.
/// </summary>
internal sealed class ServerRecord(TimeProvider time)
{
    /// <summary>The end of a process of which nothing is known but that it has ended.</summary>
    public const string UnknownEnd = "unknown status";

    private static readonly TimeSpan MostPause = TimeSpan.FromMinutes(1);

    // A server that has run for so long is started again as fast as after its first end.
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private ConnectionRecord? _run;
    private int? _givenPid;
    private string? _definition;
    private DateTimeOffset? _since;
    private long _began;
    private long _starts;
    private volatile bool _isReady = true;
    private volatile string? _said;
    private TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Backoff _backoff = new(TimeSpan.FromMilliseconds(100), MostPause);
    private TimeSpan _pause;

    /// <summary>The process of the server; null while none runs.</summary>
    public int? Pid => _run?.Pid ?? _givenPid;

    /// <summary>The record of its process; null while none runs that this process has started.</summary>
    public ConnectionRecord? Run => _run;

    /// <summary>Whether the last end was a failure; null: none is left to be judged, so that the server may be started at once.</summary>
    public bool? Failed { get; private set; }

    /// <summary>Whether it has ended and is not started again.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Takes what a predecessor hands over.</summary>
    /// <param name="before">What it hands over.</param>
    /// <param name="pid">The process of the server; null: none runs.</param>
    public void Take(ServerHistory before, int? pid)
    {
        lock (_lock)
        {
            (_definition, _since, IsOver, _givenPid) = (before.Definition, before.Since, before.IsOver, pid);
            (_starts, LastEnd, LastEndAt) = (before.Restarts + 1, before.LastEnd, before.LastEndAt);
            Failed = pid is null ? before.Failed : null;
            while (_pause < before.Pause && _pause < MostPause)
            {
                _pause = _backoff.Next();
            }

            _began = time.GetTimestamp() - (long)((time.GetUtcNow() - before.Since).TotalSeconds * time.TimestampFrequency);
        }
    }

    /// <summary>How it ended last; null: it has not.</summary>
    public string? LastEnd { get; private set; }

    /// <summary>When it ended last.</summary>
    public DateTimeOffset? LastEndAt { get; private set; }

    /// <summary>What a successor must know; null where the server has not been started.</summary>
    public ServerHistory? History()
    {
        lock (_lock)
        {
            return _since is { } since
                ? new ServerHistory(_definition ?? "", since, Math.Max(0, _starts - 1), LastEnd, LastEndAt, IsOver, Failed, _pause)
                : null;
        }
    }

    /// <summary>Its last end as a text for the successor; null where none is left to be judged.</summary>
    public string? EndText()
    {
        lock (_lock)
        {
            return Failed is { } failed ? $"{(failed ? "failed" : "ended")} {LastEnd}" : null;
        }
    }

    /// <summary>Reads an <see cref="EndText"/>; null where it is none.</summary>
    public static (string How, bool Failed)? Read(string? text) => text?.Split(' ', 2) switch
    {
        ["failed", var how] => (how, true),
        ["ended", var how] => (how, false),
        _ => null,
    };

    /// <summary>A map is in force: another definition of the server begins without the pause and the end of the one before.</summary>
    /// <returns>Whether the definition is another one.</returns>
    public bool Define(string definition)
    {
        lock (_lock)
        {
            var isOther = _definition is not null && _definition != definition;
            _definition = definition;
            if (isOther)
            {
                Renew();
            }

            return isOther;
        }
    }

    /// <summary>The next start is not delayed.</summary>
    public void Renew()
    {
        lock (_lock)
        {
            (Failed, IsOver) = (null, false);
            BeginAnew();
        }
    }

    /// <summary>Completes when no process of it is just being started.</summary>
    public Task Started
    {
        get
        {
            lock (_lock)
            {
                return _run is null ? Task.CompletedTask : _started.Task;
            }
        }
    }

    /// <summary>The process that is being started is there.</summary>
    public void NoteStart() => _started.TrySetResult();

    /// <summary>It has said that it is ready.</summary>
    public void Ready() => _isReady = true;

    /// <summary>It has said how it is.</summary>
    public void Say(string text) => _said = text;

    /// <summary>A process of it is being started.</summary>
    /// <param name="run">The record of the process.</param>
    /// <param name="isReady">Whether the server does not report when it is ready.</param>
    public void Begin(ConnectionRecord run, bool isReady)
    {
        lock (_lock)
        {
            (_isReady, _said) = (isReady, null);
            (_run, _givenPid, _began, _since) = (run, null, time.GetTimestamp(), time.GetUtcNow());
            _started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (Failed, IsOver, _starts) = (null, false, _starts + 1);
        }
    }

    /// <summary>A process of it has ended. The end of any but its present process changes nothing.</summary>
    /// <param name="run">The record of the process; null: a predecessor has started it.</param>
    /// <param name="how">How.</param>
    /// <param name="failed">Whether that is a failure; null: it was asked to end.</param>
    public void End(ConnectionRecord? run, string how, bool? failed)
    {
        lock (_lock)
        {
            if (_run != run)
            {
                return;
            }

            _started.TrySetResult();
            (_run, _givenPid, LastEnd, LastEndAt, Failed) = (null, null, how, time.GetUtcNow(), failed);
            if (failed is null || time.GetElapsedTime(_began) >= LongRun)
            {
                BeginAnew();
            }
        }
    }

    /// <summary>It is not started again.</summary>
    public void Close() => IsOver = true;

    /// <summary>The pause before the next start: it doubles with each one, up to a minute.</summary>
    public TimeSpan NextPause()
    {
        lock (_lock)
        {
            return _pause = _backoff.Next();
        }
    }

    /// <summary>Its state, unless an operator holds it or a socket has failed.</summary>
    public ServiceState State => Pid is not null && _isReady ? ServiceState.Serving
        : IsOver ? ServiceState.Ended
        : Pid is not null || Failed is null ? ServiceState.Starting
        : ServiceState.Restarting;

    private void BeginAnew()
    {
        _backoff.Reset();
        _pause = TimeSpan.Zero;
    }

    /// <summary>What an operator sees of it.</summary>
    public ServerStatus Status()
    {
        lock (_lock)
        {
            var (since, said) = Pid is null ? (null, null) : (_since, _said);
            return new ServerStatus(Pid, since, Math.Max(0, _starts - 1), LastEnd, LastEndAt, said);
        }
    }
}

/// <summary>What a successor must know of a server.</summary>
/// <param name="Definition">The definition by which it runs or ran.</param>
/// <param name="Since">When its process was started.</param>
/// <param name="Restarts">How often it was started again.</param>
/// <param name="LastEnd">How it ended last; null: it has not.</param>
/// <param name="LastEndAt">When that was.</param>
/// <param name="IsOver">Whether it is not started again.</param>
/// <param name="Failed">Whether the end that no start has followed was a failure; null: there is none.</param>
/// <param name="Pause">The pause before its last start.</param>
public sealed record ServerHistory(
    string Definition, DateTimeOffset Since, long Restarts, string? LastEnd, DateTimeOffset? LastEndAt, bool IsOver, bool? Failed,
    TimeSpan Pause);
