using System.Net;
using Microsoft.Extensions.Hosting;
using NetSuperd.Control;

namespace NetSuperd.Web;

/// <summary>
/// Looks at the daemon, once for all browsers: each second while one watches, and at the end of each interval of the timeline always.
/// </summary>
/// <param name="daemon">The daemon.</param>
/// <param name="time">The clock.</param>
internal sealed class Watch(Daemon daemon, TimeProvider time) : BackgroundService
{
    /// <summary>The most browsers that watch at once.</summary>
    public const int MostReaders = 64;

    /// <summary>The most of them at one address.</summary>
    public const int MostOfAnAddress = MostReaders / 2;

    private const int ManyConnections = 2000;
    private const int MostLogged = 200;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ConnectionsInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongConnectionsInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<Reader> _readers = [];
    private readonly History _history = new();
    private readonly Queue<string> _logged = new();
    private readonly List<string> _fresh = [];
    private readonly SemaphoreSlim _wake = new(0);
    private long _lost;
    private DateTimeOffset _connectionsDue;
    private DateTimeOffset _intervalEnds;

    /// <summary>Adds a browser; null: there are as many as there may be, of its source or of all.</summary>
    public Reader? Add(IPAddress? address, bool wantsConnections)
    {
        var reader = new Reader(Source.Of(address), wantsConnections);
        lock (_lock)
        {
            if (!MakeRoom(reader.Source))
            {
                return null;
            }

            _readers.Add(reader);
            reader.Add(WebJson.Event(
                "history",
                new HistoryEvent(History.Interval.TotalSeconds, _history.Samples, _history.Marks),
                WebJson.Default.HistoryEvent));
            reader.Add(WebJson.Log(_logged, 0));
            _connectionsDue = default;
        }

        _wake.Release();
        return reader;
    }

    /// <summary>Removes a browser that has gone.</summary>
    public void Remove(Reader reader)
    {
        lock (_lock)
        {
            _readers.Remove(reader);
        }
    }

    /// <summary>Notes an event of the daemon, a line of JSON.</summary>
    public void Note(string line)
    {
        lock (_lock)
        {
            _fresh.Add(line);
            _lost += _fresh.Count > MostLogged ? 1 : 0;
            _fresh.RemoveRange(0, Math.Max(0, _fresh.Count - MostLogged));
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await LookAsync(stoppingToken).ConfigureAwait(false);
            await _wake.WaitAsync(HasReaders ? Second : History.Interval, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Whether a source may have one more browser. Where all places are taken, the source with most of them loses its oldest to one that
    /// has fewer.
    /// </summary>
    private bool MakeRoom(IPAddress source)
    {
        var own = _readers.Count(reader => reader.Source.Equals(source));
        if (own >= MostOfAnAddress || _readers.Count < MostReaders)
        {
            return own < MostOfAnAddress;
        }

        var largest = _readers.GroupBy(reader => reader.Source).MaxBy(readers => readers.Count())!;
        if (largest.Count() <= own + 1)
        {
            return false;
        }

        var displaced = largest.First();
        displaced.End();
        _readers.Remove(displaced);
        return true;
    }

    private bool HasReaders
    {
        get
        {
            lock (_lock)
            {
                return _readers.Count > 0;
            }
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        var answer = await daemon.LookAsync(ControlCommand.Status, stopping).ConfigureAwait(false);
        var now = time.GetUtcNow();
        Note(answer, now);
        if (answer.Daemon is not null && WantsConnections(now))
        {
            var listed = await daemon.LookAsync(ControlCommand.Connections, stopping).ConfigureAwait(false);
            Tell(listed.Connections ?? [], time.GetUtcNow());
        }
    }

    private void Note(ControlAnswer answer, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_history.Note(answer.Daemon, now) is { } mark)
            {
                Tell("mark", mark);
            }

            if (now >= _intervalEnds)
            {
                _intervalEnds = now + History.Interval - TimeSpan.FromMilliseconds(100);
                if (_history.Close(answer.Daemon, now) is { } sample)
                {
                    Tell("sample", sample);
                }
            }

            TellLogged();
            if (_readers.Count > 0)
            {
                Tell(answer.Daemon is { } status
                    ? WebJson.Event("status", new StatusEvent(now, status), WebJson.Default.StatusEvent)
                    : WebJson.Event("down", new DownEvent(now, string.Join('\n', answer.Messages)), WebJson.Default.DownEvent));
            }
        }
    }

    private void TellLogged()
    {
        if (_fresh.Count == 0)
        {
            return;
        }

        Tell(WebJson.Log(_fresh, _lost));
        _fresh.ForEach(_logged.Enqueue);
        _lost = 0;
        _fresh.Clear();
        while (_logged.Count > MostLogged)
        {
            _logged.Dequeue();
        }
    }

    private bool WantsConnections(DateTimeOffset now)
    {
        lock (_lock)
        {
            return now >= _connectionsDue && _readers.Exists(reader => reader.WantsConnections);
        }
    }

    private void Tell(IReadOnlyList<ListedConnection> connections, DateTimeOffset now)
    {
        var text = WebJson.Event("connections", new ConnectionsEvent(now, connections), WebJson.Default.ConnectionsEvent);
        lock (_lock)
        {
            _connectionsDue = now + (connections.Count > ManyConnections ? LongConnectionsInterval : ConnectionsInterval);
            _readers.Where(reader => reader.WantsConnections).ToList().ForEach(reader => reader.Add(text));
        }
    }

    private void Tell(string name, Mark mark) => Tell(WebJson.Event(name, mark, WebJson.Default.Mark));

    private void Tell(string name, Sample sample) => Tell(WebJson.Event(name, sample, WebJson.Default.Sample));

    private void Tell(byte[] text) => _readers.ForEach(reader => reader.Add(text));
}
