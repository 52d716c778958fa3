namespace NetSuperd.Testing;

/// <summary>The lines that a daemon logs.</summary>
public sealed class HostLog
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly Signal _more = new();

    internal HostLog(TextReader reader) => Ended = ReadAsync(reader);

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Completes when the daemon has ended.</summary>
    internal Task Ended { get; }

    /// <summary>Waits for a line with a text, from the first line on.</summary>
    /// <param name="text">The text.</param>
    /// <param name="limit">How long to wait; 10 s by default.</param>
    /// <returns>The first such line.</returns>
    /// <exception cref="TimeoutException">There is none; the message has all lines.</exception>
    public async Task<string> FindAsync(string text, TimeSpan? limit = null) =>
        await TryFindAsync(text, limit ?? TimeSpan.FromSeconds(10)).ConfigureAwait(false)
            ? Lines.First(line => line.Contains(text, StringComparison.Ordinal))
            : throw new TimeoutException($"the daemon has logged no '{text}':\n{string.Join('\n', Lines)}");

    /// <summary>Whether a line with the text comes before the time is over and the daemon ends.</summary>
    internal async Task<bool> TryFindAsync(string text, TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        while (true)
        {
            var more = _more.Next;
            var isLast = Ended.IsCompleted || deadline.IsCancellationRequested;
            if (Lines.Any(line => line.Contains(text, StringComparison.Ordinal)))
            {
                return true;
            }

            if (isLast)
            {
                return false;
            }

            await Task.WhenAny(more, Ended, Task.Delay(Timeout.Infinite, deadline.Token)).ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(TextReader reader)
    {
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            lock (_gate)
            {
                _lines.Add(line);
            }

            _more.Set();
        }
    }
}
