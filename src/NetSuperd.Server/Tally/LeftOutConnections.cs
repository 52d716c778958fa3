using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tally;

/// <summary>
/// Connections without lines in the log, since their source has used up its share. A warning says when that begins for a source and a
/// service; later warnings say how many there were, every ten seconds and at the end.
/// </summary>
internal sealed class LeftOutConnections(ILogger logger, TimeProvider time)
{
    // Strangers determine how many sources there are; sources beyond this number are counted together.
    private const int MostNamed = 100;
    private static readonly TimeSpan TellAgain = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Service, object Peer), Entry> _named = [];
    private readonly Entry _others = new();

    /// <summary>Counts a connection that is left out.</summary>
    /// <param name="service">Its service.</param>
    /// <param name="peer">Its source.</param>
    public void Count(string service, object peer)
    {
        lock (_lock)
        {
            if (_named.TryGetValue((service, peer), out var entry))
            {
                entry.LeftOut++;
            }
            else if (_named.Count < MostNamed)
            {
                _named[(service, peer)] = new Entry { LeftOut = 1, Told = time.GetTimestamp() };
                logger.LogShareUsedUp(service, peer);
            }
            else
            {
                _others.Told = _others.LeftOut++ == 0 ? time.GetTimestamp() : _others.Told;
            }
        }
    }

    /// <summary>Logs how many there were. To be called regularly.</summary>
    /// <param name="isLast">Whether the daemon ends: then the counts are logged at once.</param>
    public void Tell(bool isLast = false)
    {
        lock (_lock)
        {
            foreach (var ((service, peer), entry) in _named.Where(pair => IsDue(pair.Value, isLast)).ToList())
            {
                if (entry.LeftOut == 0)
                {
                    _named.Remove((service, peer));
                    continue;
                }

                logger.ConnectionsLeftOut(entry.LeftOut, service, peer, time.GetElapsedTime(entry.Told).TotalSeconds);
                (entry.LeftOut, entry.Told) = (0, time.GetTimestamp());
            }

            if (_others.LeftOut > 0 && IsDue(_others, isLast))
            {
                logger.OthersLeftOut(_others.LeftOut, time.GetElapsedTime(_others.Told).TotalSeconds);
                _others.LeftOut = 0;
            }
        }
    }

    private bool IsDue(Entry entry, bool isLast) => isLast || time.GetElapsedTime(entry.Told) >= TellAgain;

    private sealed class Entry
    {
        /// <summary>When the count began.</summary>
        public long Told { get; set; }

        /// <summary>The count since then.</summary>
        public long LeftOut { get; set; }
    }
}
