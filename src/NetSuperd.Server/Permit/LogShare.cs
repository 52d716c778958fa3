using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Permit;

/// <summary>
/// Which connections the log names, so that one sender cannot fill a disk with their lines. The decision is made once, at admission: either
/// start and end are in the log, or neither is and the connection is counted (<see cref="LeftOutConnections"/>). Lines of its handler or
/// child have budgets of their own, by service: a flood of connections does not hide a failed login.
/// </summary>
/// <remarks>
/// Peers of this host are limited as well: a local user can fill root's disk just like a stranger. A sender may have many addresses
/// (127.0.0.0/8, the 65,536 /64s of a /48, a block of subordinate users), so the network around a source has a share too: that of four
/// sources. A single source cannot use it up, so its neighbours keep theirs.
/// </remarks>
internal sealed class LogShare(ConnectionTally tally, TimeProvider time)
{
    // The start and the end.
    private const int LinesOfEach = 2;

    // The share of a network, in shares of a source.
    private const int SharesOfNetwork = 4;

    private readonly Lock _lock = new();
    private readonly SourceTable _sources = new();
    private readonly SourceTable _networks = new();
    private volatile StrongBox<(Pace OfSource, Pace OfNetwork)>? _paces;

    /// <summary>Applies another map: what the log has of its services, and of one source.</summary>
    public void Apply(Map map)
    {
        foreach (var service in map.Services)
        {
            tally.Want(service.Name, new ServiceLog(service.Log, service.LogFields));
        }

        Apply(map.Log.LinesPerSource);
    }

    /// <summary>Applies another share.</summary>
    /// <param name="rate">Lines of one source; null: without limit.</param>
    public void Apply(Rate? rate)
    {
        if (rate is null)
        {
            _paces = null;
            return;
        }

        // No connection fits into a bucket for one line.
        var ofSource = Pace.Of(rate with { Burst = Math.Max(rate.Burst, LinesOfEach) }, time);

        // The same depth in time, with more frequent tokens: that many times the rate and the burst.
        var ofNetwork = ofSource with { Interval = Math.Max(1, ofSource.Interval / SharesOfNetwork) };
        lock (_lock)
        {
            _sources.Apply(ofSource, time.GetTimestamp());
            _networks.Apply(ofNetwork, time.GetTimestamp());
        }

        _paces = new StrongBox<(Pace OfSource, Pace OfNetwork)>((ofSource, ofNetwork));
    }

    /// <summary>Decides for an admitted connection.</summary>
    public void Judge(ConnectionRecord record)
    {
        // The clients of a child with a listening socket are unknown, and the log has only the child's own lines.
        // Connections of a service that wants no lines use up nothing.
        if (_paces is not { Value: var (ofSource, ofNetwork) } || record is { Peer: null, Credentials: null } or { IsLogged: false })
        {
            return;
        }

        var peer = Peer.Of(record.Peer, record.Credentials?.Uid, []);
        var source = peer.SourceBy(SourcePrefix.Default);
        if (TryTake(source, ofSource, NetworkOf(peer), ofNetwork) is { } full)
        {
            record.IsLogged = false;
            tally.LeftOut.Count(record.Service, NameOf(full));
        }
    }

    /// <summary>Takes the lines of a connection.</summary>
    /// <returns>The source or the network that has too few lines left; null where the lines were taken.</returns>
    private Source? TryTake(Source source, Pace ofSource, Source? network, Pace ofNetwork)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (!_sources.TryTake(source, ofSource, LinesOfEach, now))
            {
                return source;
            }

            if (network is not { } around || _networks.TryTake(around, ofNetwork, LinesOfEach, now))
            {
                return null;
            }

            _sources.GiveBack(source, ofSource, LinesOfEach, now);
            return around;
        }
    }

    /// <summary>
    /// The IPv4 /24, the IPv6 /48, all loopback addresses, the context of vsock(7), or the users that the user of a unix peer may become;
    /// null: not known.
    /// </summary>
    private static Source? NetworkOf(in Peer peer) => peer switch
    {
        { IsUnix: true, UserId: null } => null,
        { IsUnix: false, IsLocal: true } => Networks.Loopback,
        _ => new Source(peer.Family, peer.Address, peer.IsLocal).Around(24, 48),
    };

    /// <summary>A source or network as the log names it: its first address, which <c>log.address</c> masks, or its first user.</summary>
    private static object NameOf(Source source)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, source.Address);
        return source.Family switch
        {
            AddressFamily.InterNetwork => new IPAddress(bytes[12..]),
            AddressFamily.InterNetworkV6 => new IPAddress(bytes),
            AddressFamily.Unspecified => "loopback",
            AddressFamily.Unix => $"uid:{source.Address}",
            Families.Vsock => new VsockEndPoint((uint)source.Address, 0),
            _ => throw Families.Unknown(source.Family),
        };
    }
}
