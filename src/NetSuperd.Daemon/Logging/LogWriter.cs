using System.Globalization;
using System.Text;

namespace NetSuperd.Logging;

/// <summary>
/// Writes events from one thread of its own, many at once, so that no connection ever waits for a disk or for the reader of a pipe.
/// </summary>
/// <remarks>
/// The queue is bounded. When the disk is too slow or full, or the file has reached a limit, events are dropped; their exact number is the
/// first thing that is written afterwards.
/// </remarks>
/// <typeparam name="T">An event.</typeparam>
internal sealed class LogWriter<T> : IDisposable
{
    private const int MostQueued = 100_000;
    private const int ManyQueued = 1000;
    private const int BatchChars = 32 * 1024;
    private static readonly TimeSpan GatherFor = TimeSpan.FromMilliseconds(5);

    private readonly object _gate = new();
    private readonly Func<string, T> _notice;
    private readonly Thread _thread;
    private List<T> _queue = [];
    private Action<T, TextWriter> _format;
    private Action<T, TextWriter>? _nextFormat;
    private Stream _stream;
    private (Stream Stream, TaskCompletionSource IsTaken)? _next;
    private bool _closing;
    private bool _isGathering;
    private long _dropped;

    /// <summary>Starts the thread.</summary>
    /// <param name="stream">
    /// Where lines go; its position tells how many bytes it has taken. It is closed at the end, or when another stream replaces it.
    /// </param>
    /// <param name="format">Writes one event as one line.</param>
    /// <param name="notice">Makes an event from a sentence about the log itself.</param>
    public LogWriter(Stream stream, Action<T, TextWriter> format, Func<string, T> notice)
    {
        _format = format;
        _notice = notice;
        _stream = stream;
        _thread = new Thread(Run) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <summary>How long the end waits for what is queued.</summary>
    public TimeSpan LongestFlush { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Queues an event, or counts it as dropped. Never waits.</summary>
    public void Write(T item)
    {
        lock (_gate)
        {
            if (_closing || _queue.Count >= MostQueued)
            {
                _dropped++;
                return;
            }

            _queue.Add(item);
            if (!_isGathering || _queue.Count >= ManyQueued)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Writes what is queued now or later to another stream or in another form; a stream that is replaced is closed.</summary>
    /// <param name="stream">The new stream; null: the present one.</param>
    /// <param name="format">The new format; null: the present one.</param>
    /// <returns>Completes after the last line to the earlier streams.</returns>
    public Task SwitchTo(Stream? stream, Action<T, TextWriter>? format = null)
    {
        Stream? unused = null;
        Task isTaken;
        lock (_gate)
        {
            if (stream is not null)
            {
                unused = _next?.Stream;
                _next = (stream, _next?.IsTaken ?? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            isTaken = _next?.IsTaken.Task ?? Task.CompletedTask;
            _nextFormat = format ?? _nextFormat;
            Monitor.Pulse(_gate);
        }

        Close(unused);
        return isTaken;
    }

    /// <summary>Writes what is queued, for a bounded time, and closes the stream.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.Pulse(_gate);
        }

        if (_thread.Join(LongestFlush))
        {
            Close(_stream);
            Close(_next?.Stream);
        }
    }

    private void Run()
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        var taken = new List<T>();
        while (TryTake(ref taken, out var next, out var dropped))
        {
            if (next is var (stream, isTaken))
            {
                Close(_stream);
                _stream = stream;
                isTaken.SetResult();
            }

            if (dropped > 0)
            {
                taken.Insert(0, _notice(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{dropped} events were dropped: the log could not be written, or not fast enough")));
            }

            var lost = Write(taken, text);
            if (lost > 0)
            {
                lock (_gate)
                {
                    // The first of the lost lines may be the one about earlier losses, which is no event itself.
                    _dropped += lost == taken.Count && dropped > 0 ? lost - 1 + dropped : lost;
                }
            }

            taken.Clear();
        }
    }

    /// <summary>
    /// Waits for events, or for another stream, and takes all events. The first event after an idle time is taken at once; while events
    /// keep coming they are gathered for a moment, since waking the thread for each costs more than writing it. Monitor waits without
    /// spinning, so an idle log costs nothing.
    /// </summary>
    private bool TryTake(ref List<T> taken, out (Stream Stream, TaskCompletionSource IsTaken)? next, out long dropped)
    {
        lock (_gate)
        {
            if (_isGathering && !_closing && _queue.Count < ManyQueued)
            {
                Monitor.Wait(_gate, GatherFor);
            }

            _isGathering = false;
            while (_queue.Count == 0 && _next is null && !_closing)
            {
                Monitor.Wait(_gate);
            }

            _isGathering = true;

            (taken, _queue) = (_queue, taken);
            (next, _next) = (_next, null);
            (_format, _nextFormat) = (_nextFormat ?? _format, null);
            (dropped, _dropped) = (_dropped, 0);
            return taken.Count > 0 || next is not null;
        }
    }

    /// <summary>Writes events, many at once.</summary>
    /// <returns>How many could not be written.</returns>
    private int Write(List<T> events, StringWriter text)
    {
        var batch = text.GetStringBuilder();
        var written = 0;
        for (var i = 0; i < events.Count; i++)
        {
            Format(events[i], text);
            if (batch.Length >= BatchChars || i == events.Count - 1)
            {
                var lines = Encoding.UTF8.GetBytes(batch.ToString());
                batch.Clear();
                if (!TryWrite(lines, out var taken))
                {
                    written += lines.AsSpan(0, taken).Count((byte)'\n');
                    break;
                }

                written = i + 1;
            }
        }

        return events.Count - written;
    }

    /// <summary>Writes lines.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="taken">How many bytes of them were taken.</param>
    /// <returns>
    /// False on a full disk, a closed pipe or a file at its size limit: the missing events are counted, and the next ones are tried again.
    /// </returns>
    private bool TryWrite(byte[] lines, out int taken)
    {
        var before = _stream.Position;
        try
        {
            _stream.Write(lines);
            _stream.Flush();
            taken = lines.Length;
            return true;
        }
        catch (Exception)
        {
            taken = (int)(_stream.Position - before);
            return false;
        }
    }

    /// <summary>An error at the end of a stream, such as a full disk, no longer matters.</summary>
    private static void Close(Stream? stream)
    {
        try
        {
            stream?.Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    /// <summary>
    /// A plugin may log what cannot be formatted. That loses its own event, and does not end the thread and with it the daemon.
    /// </summary>
    private void Format(T item, StringWriter text)
    {
        var length = text.GetStringBuilder().Length;
        try
        {
            _format(item, text);
        }
        catch (Exception failure)
        {
            text.GetStringBuilder().Length = length;
            _format(_notice($"Cannot format an event: {failure.Message}"), text);
        }
    }
}
