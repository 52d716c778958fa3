using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace NetSuperd.Logging;

/// <summary>
/// Writes events from one thread of its own, many at once, so that no connection ever waits for a disk or for whoever reads the log.
/// </summary>
/// <remarks>
/// The queue is bounded. When the writing cannot follow, or the disk is full, events are dropped, and their number is the first thing that
/// is written afterwards.
/// </remarks>
/// <typeparam name="T">An event.</typeparam>
internal sealed class LogWriter<T> : IDisposable
{
    private const int MostQueued = 100_000;
    private const int BatchChars = 32 * 1024;
    private static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(5);

    private readonly BlockingCollection<T> _queue = new(MostQueued);
    private readonly Func<Stream> _open;
    private readonly Action<T, TextWriter> _format;
    private readonly Func<string, T> _notice;
    private readonly Thread _thread;
    private Stream _stream;
    private volatile bool _reopen;
    private long _dropped;

    /// <summary>Opens the stream and starts the thread.</summary>
    /// <param name="open">Opens the stream; called again by <see cref="Reopen"/>.</param>
    /// <param name="format">Writes one event as one line.</param>
    /// <param name="notice">Makes an event of a sentence about the log itself.</param>
    public LogWriter(Func<Stream> open, Action<T, TextWriter> format, Func<string, T> notice)
    {
        _open = open;
        _format = format;
        _notice = notice;
        _stream = open();
        _thread = new Thread(Run) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    /// <summary>Queues an event, or counts it as dropped. Never waits.</summary>
    public void Write(T item)
    {
        if (_queue.IsAddingCompleted || !_queue.TryAdd(item))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Opens the stream anew before the next event: the file was renamed and the name is free.</summary>
    public void Reopen()
    {
        _reopen = true;
        Write(_notice("The log was reopened"));
    }

    /// <summary>Writes what is queued, for a bounded time, and closes the stream.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        if (_thread.Join(LongestFlush))
        {
            _stream.Dispose();
            _queue.Dispose();
        }
    }

    private void Run()
    {
        var batch = new StringBuilder();
        using var text = new StringWriter(batch, CultureInfo.InvariantCulture);
        var bytes = Array.Empty<byte>();
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            var count = 1;
            _format(first, text);
            while (batch.Length < BatchChars && _queue.TryTake(out var next))
            {
                _format(next, text);
                count++;
            }

            var dropped = Interlocked.Exchange(ref _dropped, 0);
            if (dropped > 0)
            {
                _format(_notice(string.Create(CultureInfo.InvariantCulture, $"{dropped} events were dropped: the log could not be written as fast")), text);
            }

            var needed = Encoding.UTF8.GetMaxByteCount(batch.Length);
            bytes = bytes.Length >= needed ? bytes : new byte[needed];
            var written = 0;
            foreach (var chunk in batch.GetChunks())
            {
                written += Encoding.UTF8.GetBytes(chunk.Span, bytes.AsSpan(written));
            }

            batch.Clear();
            if (!TryWrite(bytes.AsSpan(0, written)))
            {
                Interlocked.Add(ref _dropped, dropped + count);
            }
        }
    }

    private bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (_reopen)
            {
                _reopen = false;
                var reopened = _open();
                _stream.Dispose();
                _stream = reopened;
            }

            _stream.Write(bytes);
            _stream.Flush();
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // A full disk, a closed pipe, a folder that went: the events are counted, and the next ones are tried again.
            return false;
        }
    }
}
