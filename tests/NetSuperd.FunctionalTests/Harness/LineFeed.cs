namespace NetSuperd.FunctionalTests.Harness;

/// <summary>The lines that a process has written so far, and a way to wait for the next.</summary>
public sealed class LineFeed
{
    private const int MostLinesShown = 40;

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ended;

    private LineFeed()
    {
    }

    /// <summary>Everything written so far.</summary>
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

    /// <summary>Everything written so far, as one text.</summary>
    public string Text => string.Join('\n', Lines);

    /// <summary>The last lines, for the message of a test that failed.</summary>
    public string Tail => string.Join('\n', Lines.TakeLast(MostLinesShown));

    /// <summary>Reads to the end in the background.</summary>
    public static LineFeed Of(TextReader reader)
    {
        var feed = new LineFeed();
        feed.Ended = feed.ReadAsync(reader);
        return feed;
    }

    /// <summary>Completes at the end of the stream.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Waits for a line that the function knows, from the first line on.</summary>
    public async Task<T> FindAsync<T>(Func<string, T?> find, string what, TimeSpan? limit = null)
        where T : class
    {
        using var deadline = new CancellationTokenSource(limit ?? Deadline.Default);
        for (var next = 0; ;)
        {
            Task more;
            string[] fresh;
            bool ended;
            lock (_gate)
            {
                fresh = [.. _lines.Skip(next)];
                ended = _ended;
                more = _more.Task;
            }

            if (fresh.Select(find).FirstOrDefault(found => found is not null) is { } match)
            {
                return match;
            }

            next += fresh.Length;
            try
            {
                await (ended ? throw new TimeoutException() : more.WaitAsync(deadline.Token));
            }
            catch (Exception over) when (over is OperationCanceledException or TimeoutException)
            {
                throw new TimeoutException(
                    $"{(ended ? "the process ended without" : "still no")} {what}; the last lines are:\n{Tail}", over);
            }
        }
    }

    private async Task ReadAsync(TextReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Add(line);
        }

        Add(null);
    }

    private void Add(string? line)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            if (line is null)
            {
                _ended = true;
            }
            else
            {
                _lines.Add(line);
            }

            waiting = _more;
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.SetResult();
    }
}
