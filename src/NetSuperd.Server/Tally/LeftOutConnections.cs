using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tally;

/// <summary>
/// Connections of which the log has no lines, since their source has used up its share. A warning says when that begins for a source and a
/// service, and others how many there were: every ten seconds, and at the end.
/// </summary>
internal sealed class LeftOutConnections(ILogger logger, TimeProvider time)
{
    // Strangers choose how many sources there are; those beyond are counted together.
    private const int MostNamed = 100;
    private static readonly TimeSpan TellAgain = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Service, object Peer), Entry> _named = [];
    private readonly Entry _others = new();

    /// <summary>One more is left out.</summary>
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

    /// <summary>Tells how many there were. To be called now and then.</summary>
    /// <param name="isLast">Whether the daemon ends: nothing waits for its time.</param>
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
        /// <summary>Since when they are counted.</summary>
        public long Told { get; set; }

        /// <summary>How many since then.</summary>
        public long LeftOut { get; set; }
    }
}
