using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NetSuperd;

/// <summary>An end of a connection of vsock(7), between a virtual machine and its host; .NET has none of its own.</summary>
/// <param name="cid">The context identifier; <see cref="EveryCid"/> for a socket on every one.</param>
/// <param name="port">The port; 0 where only the context identifier is meant.</param>
public sealed class VsockEndPoint(uint cid, uint port) : EndPoint, IEquatable<VsockEndPoint>
{
    /// <summary>Every context identifier of a host (VMADDR_CID_ANY).</summary>
    public const uint EveryCid = uint.MaxValue;

    /// <summary>The context identifier: 2 is the host of virtual machines, 1 the own machine, and from 3 on a virtual machine.</summary>
    public uint Cid { get; } = cid;

    /// <summary>The port, which has 32 bits.</summary>
    public uint Port { get; } = port;

    /// <summary><see cref="AddressFamily.Unknown"/>, since .NET has no name for the family.</summary>
    public override AddressFamily AddressFamily => AddressFamily.Unknown;

    /// <inheritdoc/>
    public bool Equals(VsockEndPoint? other) => other is not null && (Cid, Port) == (other.Cid, other.Port);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VsockEndPoint);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Cid, Port);

    /// <summary>
    /// The end as maps and logs write it: <c>vsock:3:51234</c>; <c>vsock:7001</c> on every context identifier, and <c>vsock:3</c> without a
    /// port.
    /// </summary>
    public override string ToString() => Cid == EveryCid ? string.Create(CultureInfo.InvariantCulture, $"vsock:{Port}")
        : Port == 0 ? string.Create(CultureInfo.InvariantCulture, $"vsock:{Cid}")
        : string.Create(CultureInfo.InvariantCulture, $"vsock:{Cid}:{Port}");
}
