using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Proxy;

/// <summary>The connections of proxies that wait for their header, and then until they can be served, of all sockets.</summary>
/// <remarks>
/// A proxy sends the header at once, before anything that its client sends. So few connections wait, and not for long, unless a proxy is
/// broken. They are bounded in number and time: the one that has waited longest ends.
/// </remarks>
/// <param name="loop">Where connections for handlers are accepted.</param>
/// <param name="childLoop">Where those for children and workers are accepted.</param>
/// <param name="tally">Keeps the records.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class HeaderWaits(EventLoop loop, EventLoop childLoop, ConnectionTally tally, ILogger logger, TimeProvider time)
{
    /// <summary>So long a connection waits for its header.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>So many connections of one proxy wait.</summary>
    public const int MostOfOne = 128;

    private const int MostOfAll = 1024;
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    // The headers of the last clients before a stop are on their way.
    private static readonly TimeSpan LongestAtStop = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    // In the order of their arrival.
    private readonly List<HeaderWait> _waits = [];

    // Those whose header has come, and which cannot be served at the moment.
    private readonly HashSet<HeaderWait> _kept = [];
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _timer;
    private bool _isStopping;

    /// <summary>Takes a connection from the listener of a service that asks for a header.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="entrance">The way into the service.</param>
    /// <param name="service">The service.</param>
    /// <param name="trusted">The proxies whose header is believed.</param>
    public void Receive(Client client, Entrance entrance, Service service, PeerRules trusted)
    {
        var record = client.Record;
        try
        {
            var groups = record.Credentials is not null && trusted.AskForGroups ? client.Socket.PeerGroups() : [];
            var proxy = Peer.Of(record.Peer, record.Credentials?.Uid, groups);
            if (!trusted.Judge(proxy).Admits)
            {
                client.Socket.Reset();
                tally.Close(record, ConnectionEnd.Refused, Verdict.Untrusted.Reason, Verdict.Untrusted.Reason);
                return;
            }

            var source = proxy.SourceBy(SourcePrefix.Default);
            new HeaderWait(client, entrance, service.Rights is null ? loop : childLoop, this, source, time.GetTimestamp()).Begin();
        }
        catch (Exception failure)
        {
            client.Socket.Dispose();
            logger.DispatchFailed(failure, record.Id, record.Service);
            tally.Close(record, ConnectionEnd.Failed);
        }
    }

    /// <summary>A connection waits from now on; the one that has waited longest ends where too many do.</summary>
    public void Add(HeaderWait wait)
    {
        HeaderWait? longest;
        lock (_lock)
        {
            longest = _waits.Count(other => other.Proxy == wait.Proxy) >= MostOfOne ? _waits.Find(other => other.Proxy == wait.Proxy)
                : _waits.Count >= MostOfAll ? _waits[0]
                : null;
            if (longest is not null)
            {
                _waits.Remove(longest);
            }

            _waits.Add(wait);
            _timer ??= time.CreateTimer(static self => ((HeaderWaits)self!).Look(), this, LookInterval, LookInterval);
        }

        longest?.End(ConnectionEnd.Refused, "too many connections of the proxy wait for theirs");
    }

    /// <summary>The header of a connection has come, and the connection waits until it can be served.</summary>
    public void Keep(HeaderWait wait)
    {
        lock (_lock)
        {
            _kept.Add(wait);
            _waits.Remove(wait);
            StopTimer();
        }
    }

    /// <summary>A connection no longer waits.</summary>
    public void Remove(HeaderWait wait)
    {
        lock (_lock)
        {
            _waits.Remove(wait);
            _kept.Remove(wait);
            StopTimer();
            TellIfEmpty();
        }
    }

    /// <summary>Closes the record of a connection that has been closed while it waited.</summary>
    /// <param name="record">The record.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="problem">What is wrong with its header; null: nothing is.</param>
    public void Close(ConnectionRecord record, ConnectionEnd end, string? problem)
    {
        var word = problem is null ? null : Verdict.ProxyHeader.Reason!;
        if (word is not null && record.Use.Log.NamesFailure(word))
        {
            logger.ProxyHeaderWrong(record.Id, record.Service, record.PeerName, problem!);
        }

        tally.Close(record, end, word, word);
    }

    /// <summary>Ends a connection that waits, if it does.</summary>
    public void Abort(long id) => All(wait => wait.Record.Id == id).ForEach(wait => wait.End(ConnectionEnd.Aborted));

    /// <summary>
    /// Waits a moment for the headers that are on their way, and ends the connections that still wait. None comes after the call.
    /// </summary>
    public async Task StopAsync()
    {
        lock (_lock)
        {
            _isStopping = true;
            TellIfEmpty();
        }

        await _empty.Task.WaitAsync(LongestAtStop, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var late = All(_ => true);
        if (late.Count > 0)
        {
            late.ForEach(wait => wait.End(ConnectionEnd.Stopped));
            await Task.WhenAll(loop.TurnAsync(), childLoop.TurnAsync()).ConfigureAwait(false);
        }
    }

    private void Look() => All(wait => time.GetElapsedTime(wait.Began) >= Longest && !_kept.Contains(wait)).ForEach(wait =>
        wait.End(ConnectionEnd.Refused, $"it has not come within {Longest.TotalSeconds:0} s"));

    private List<HeaderWait> All(Func<HeaderWait, bool> isMeant)
    {
        lock (_lock)
        {
            return [.. _waits.Concat(_kept).Where(isMeant)];
        }
    }

    private void StopTimer()
    {
        if (_waits.Count == 0)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    private void TellIfEmpty() => _ = _isStopping && _waits.Count + _kept.Count == 0 && _empty.TrySetResult();
}
