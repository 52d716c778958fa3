using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>
/// A message about one connection, or with one number. Several about connections go as one, since a message costs more than its bytes.
/// Both processes are the same program on the same machine.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct ConnectionMessage
{
    /// <summary>Its kind.</summary>
    public MessageKind Kind;

    /// <summary>How the connection ended, in <see cref="MessageKind.Ended"/>.</summary>
    public byte End;

    /// <summary>Which time limit it has exceeded, an index of <see cref="AdmissionKeys.OfTime"/>.</summary>
    public byte TimedOutBy;

    /// <summary>The number of the handler; of a target in <see cref="MessageKind.Reached"/>.</summary>
    public int Handler;

    /// <summary>The number of the connection; a time in <see cref="MessageKind.Stop"/>.</summary>
    public long Id;

    /// <summary>The bytes that it has received.</summary>
    public long Received;

    /// <summary>The bytes that it has sent.</summary>
    public long Sent;

    /// <summary>Its time limits, in <see cref="MessageKind.Serve"/>.</summary>
    public ConnectionTimes Limits;

    /// <summary>The family of its socket (socket(2)), in <see cref="MessageKind.Serve"/>.</summary>
    public byte Family;

    /// <summary>Its own end, in <see cref="MessageKind.Serve"/> where it is of IP.</summary>
    public IpEnd Local;

    /// <summary>The client's end, likewise; the target's in <see cref="MessageKind.Reached"/>.</summary>
    public IpEnd Peer;

    /// <summary>Both ends of a connection of IP; null for any other one.</summary>
    public readonly SocketEnds? Ends =>
        Local.ToEndPoint() is { } local && Peer.ToEndPoint() is { } peer ? new SocketEnds(local, peer, null) : null;

    /// <summary>Reads the messages that came as one; bytes that are no whole message are left out.</summary>
    public static ReadOnlySpan<ConnectionMessage> Read(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, ConnectionMessage>(bytes);

    /// <summary>The bytes of messages that go as one.</summary>
    public static ReadOnlySpan<byte> BytesOf(List<ConnectionMessage> messages, int? count = null) =>
        MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(messages)[..(count ?? messages.Count)]);

    /// <summary>The bytes of this message.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(new ReadOnlySpan<ConnectionMessage>(in this));
}

/// <summary>The time limits of a connection, in ticks; 0: none.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal record struct ConnectionTimes(long Idle, long FirstByte, long Whole)
{
    /// <summary>Those of a service.</summary>
    public static ConnectionTimes Of(Admission admission) => new(
        admission.IdleTimeout.GetValueOrDefault().Ticks,
        admission.FirstByteTimeout.GetValueOrDefault().Ticks,
        admission.MaxDuration.GetValueOrDefault().Ticks);

    /// <summary>The shortest; null: there is none.</summary>
    public readonly TimeSpan? Shortest => ToAdmission().ShortestTime;

    /// <summary>An admission with these limits, and no other.</summary>
    public readonly Admission ToAdmission() => this == default
        ? Admission.Unlimited
        : Admission.Unlimited with
        {
            IdleTimeout = Limit(Idle),
            FirstByteTimeout = Limit(FirstByte),
            MaxDuration = Limit(Whole),
        };

    private static TimeSpan? Limit(long ticks) => ticks > 0 ? TimeSpan.FromTicks(ticks) : null;
}
