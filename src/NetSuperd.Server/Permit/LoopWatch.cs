using System.Numerics;
using NetSuperd.Platform;

namespace NetSuperd.Server.Permit;

/// <summary>
/// Ends loops with servers of other hosts: it recognises an exchange in which each datagram is the other side's answer to the last one.
/// </summary>
/// <remarks>
/// <para>
/// Overview. One forged datagram makes two servers answer each other for ever, with one datagram under way at a time (CVE-1999-0103,
/// CVE-2024-2169): a single missing answer ends it. But a client that asks again as soon as it has its answer looks the same, and the
/// contents tell little: a client of echo may send the same bytes each time. So an exchange may continue for a number of answers without a
/// pause, which depends on how likely it is a loop: the fewest where the other side sends back what it received, although this service does
/// not do that; few from a port below those that systems give to clients (ip_local_port_range of Linux begins at 32,768); a thousand from
/// another one; a million on this host, where only root can forge. A client loses one answer, and its exchange starts again.
/// </para>
/// <para>
/// Strangers determine how many exchanges there are, so the table is bounded: 4,096 in sets of 8, of which an endpoint belongs to one by
/// its hash. A new exchange replaces one that has paused, or else one of the shortest. For one thread.
/// </para>
/// </remarks>
/// <param name="frequency">How many units of time a second has.</param>
internal sealed class LoopWatch(long frequency)
{
    /// <summary>
    /// Most answers to datagrams that were this service's last answer, where the service does not send back what it gets.
    /// </summary>
    public const int MostReturned = 3;

    /// <summary>Most answers to a port of services; where the datagrams were the last answers, and in all.</summary>
    public const int MostOfServices = 64, MostOfServicesInAll = 256;

    /// <summary>
    /// Most answers to a port of clients on another host; where the datagrams were the last answers, or the service sends something else.
    /// </summary>
    public const int MostOfClients = 1024;

    /// <summary>Most answers in all others.</summary>
    public const int Most = 1 << 20;

    private const int FirstClientPort = 32_768;
    private const int SecondsOfPause = 10;
    private const int MostHashed = 32;
    private const int Ways = 8;
    private const int LeastSets = 8;
    private const int MostSets = 512;

    private Exchange[] _exchanges = [];

    /// <summary>The exchanges that there is room for.</summary>
    public int Size => _exchanges.Length;

    /// <summary>Counts an answer, unless its datagram belongs to a loop that the answer would continue.</summary>
    /// <param name="arrival">The addresses between which it travelled.</param>
    /// <param name="isLocal">Whether it is from this host.</param>
    /// <param name="request">The datagram.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether the answer may be sent.</returns>
    public bool TryAnswer(in DatagramArrival arrival, bool isLocal, ReadOnlySpan<byte> request, ReadOnlySpan<byte> answer, long now)
    {
        ref var exchange = ref Find(arrival, now);
        var isEcho = answer.SequenceEqual(request);
        var (returned, inAll) = Limits(arrival, isLocal, isEcho);
        var asked = returned < inAll ? Hash(request) : 0;
        if (exchange.IsUsed)
        {
            exchange.InAll++;
            exchange.Returned += asked == exchange.Answer || asked == exchange.Sample ? 1 : 0;
            if (exchange.Returned > returned || exchange.InAll > inAll)
            {
                exchange = default;
                return false;
            }
        }

        (exchange.Remote, exchange.Port, exchange.IsUsed) = (arrival.Remote, (ushort)arrival.RemotePort, true);
        (exchange.Answer, exchange.Last) = (isEcho ? asked : Hash(answer), now);

        // Several loops of the same two servers may take turns, so that no datagram is the last answer: an older answer comes back then (R.
        // P. Brent, An improved Monte Carlo factorization algorithm, 1980).
        exchange.Sample = BitOperations.IsPow2(exchange.InAll + 1) ? exchange.Answer : exchange.Sample;
        return true;
    }

    private static (int Returned, int InAll) Limits(in DatagramArrival arrival, bool isLocal, bool isEcho)
    {
        var isService = !arrival.IsUnix && arrival.RemotePort < FirstClientPort;
        var inAll = isService ? MostOfServicesInAll : isLocal || isEcho ? Most : MostOfClients;
        var returned = !isEcho ? MostReturned : isService ? MostOfServices : isLocal ? Most : MostOfClients;
        return (returned, inAll);
    }

    // The ends of a long datagram are enough: a false match is only counted.
    private static int Hash(ReadOnlySpan<byte> data)
    {
        var hash = new HashCode();
        hash.Add(data.Length);
        hash.AddBytes(data[..Math.Min(data.Length, MostHashed)]);
        hash.AddBytes(data[Math.Max(0, data.Length - MostHashed)..]);
        return hash.ToHashCode();
    }

    /// <summary>The exchange with an endpoint; one that is not in use where there is none, or it has paused.</summary>
    private ref Exchange Find(in DatagramArrival arrival, long now)
    {
        while (true)
        {
            // The hash has a random seed in every process: no attacker can choose endpoints that fall into one set.
            var sets = _exchanges.Length / Ways;
            var set = sets == 0
                ? []
                : _exchanges.AsSpan((int)((uint)HashCode.Combine(arrival.Remote, arrival.RemotePort) % (uint)sets) * Ways, Ways);
            var free = -1;
            for (var i = 0; i < set.Length; i++)
            {
                ref var exchange = ref set[i];
                if (exchange.IsUsed && now - exchange.Last > SecondsOfPause * frequency)
                {
                    exchange = default;
                }

                if (exchange.IsUsed && exchange.Port == arrival.RemotePort && exchange.Remote == arrival.Remote)
                {
                    return ref exchange;
                }

                free = exchange.IsUsed ? free : i;
            }

            if (free < 0 && sets == MostSets)
            {
                free = Shortest(set);
                set[free] = default;
            }

            if (free >= 0)
            {
                return ref set[free];
            }

            Grow();
        }
    }

    /// <summary>One of the shortest, at random: no order of arrival shuts an exchange out for ever.</summary>
    private static int Shortest(ReadOnlySpan<Exchange> set)
    {
        var (shortest, equals) = (0, 1);
        for (var i = 1; i < set.Length; i++)
        {
            var difference = set[i].InAll - set[shortest].InAll;
            equals = difference < 0 ? 1 : difference == 0 ? equals + 1 : equals;
            if (difference < 0 || (difference == 0 && Random.Shared.Next(equals) == 0))
            {
                shortest = i;
            }
        }

        return shortest;
    }

    private void Grow()
    {
        var old = _exchanges;
        _exchanges = new Exchange[Math.Max(LeastSets * Ways, old.Length * 2)];
        foreach (ref readonly var exchange in old.AsSpan())
        {
            if (exchange.IsUsed)
            {
                var arrival = new DatagramArrival(default, exchange.Remote, exchange.Port, 0, 0, false);
                Find(arrival, exchange.Last) = exchange;
            }
        }
    }

    private struct Exchange
    {
        public UInt128 Remote;
        public long Last;
        public int Answer;
        public int Sample;
        public int Returned;
        public int InAll;
        public ushort Port;
        public bool IsUsed;
    }
}
