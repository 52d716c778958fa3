using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>
/// Which connections the log names, so that one sender cannot fill a disk with their lines. It is decided once, when a connection is let in: either
/// its start, its end and what its handler or child says are in the log, or nothing of it is and it is counted (<see cref="LeftOutConnections"/>).
/// </summary>
/// <remarks>Peers of this host are limited as well: a local user fills the disk of root no less than a stranger.</remarks>
internal sealed class LogShare(LeftOutConnections leftOut, TimeProvider time)
{
    // The start and the end.
    private const int LinesOfEach = 2;

    private readonly SourceTable _sources = new();
    private volatile StrongBox<Pace>? _pace;

    /// <summary>Another map is in force.</summary>
    /// <param name="rate">Lines of one source; null: without limit.</param>
    public void Apply(Rate? rate)
    {
        if (rate is null)
        {
            _pace = null;
            return;
        }

        // No connection fits into a bucket for one line.
        var pace = Pace.Of(rate with { Burst = Math.Max(rate.Burst, LinesOfEach) }, time);
        _sources.Fit(pace, time.GetTimestamp());
        _pace = new StrongBox<Pace>(pace);
    }

    /// <summary>Decides for a connection that was let in.</summary>
    public void Judge(ConnectionRecord record)
    {
        // Of a child with a listening socket nobody knows who its clients are, and it has lines of its own only.
        if (_pace is not { Value: var pace } || record is { Peer: null, Credentials: null })
        {
            return;
        }

        var peer = record.Peer is IPEndPoint ip ? Peer.Of(ip.Address) : Peer.Of(record.Credentials?.Uid, []);
        var source = peer.SourceBy(SourcePrefix.Default);
        if (!_sources.TryTake(source, pace, LinesOfEach, time.GetTimestamp()))
        {
            record.IsLogged = false;
            leftOut.Count(record.Service, NameOf(source));
        }
    }

    /// <summary>The source as the log names it: an address, which <c>log.address</c> masks, or a user.</summary>
    private static object NameOf(Source source)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, source.Address);
        return source.Family switch
        {
            AddressFamily.InterNetwork => new IPAddress(bytes[12..]),
            AddressFamily.InterNetworkV6 => new IPAddress(bytes),
            _ => $"uid:{source.Address}",
        };
    }
}
