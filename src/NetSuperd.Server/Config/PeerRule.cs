using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config;

/// <summary>
/// An entry of <c>allow</c> or <c>deny</c>: a network, a user or group for unix sockets, or a context for those of vsock(7).
/// </summary>
/// <param name="Text">
/// The normal form: <c>192.0.2.0/24</c>, <c>192.0.2.1</c>, <c>uid:1000</c>, <c>gid:4</c>, <c>vsock:3</c>, <c>vsock:*</c>.
/// </param>
/// <param name="At">Where it stands.</param>
public sealed record PeerRule(string Text, Position At)
{
    /// <summary>The network; null for others. IPv4 is never v4-mapped.</summary>
    public System.Net.IPNetwork? Network { get; init; }

    /// <summary>The user; null for others.</summary>
    public uint? UserId { get; init; }

    /// <summary>The group, primary or supplementary; null for others.</summary>
    public uint? GroupId { get; init; }

    /// <summary>Whether it is for clients of vsock(7).</summary>
    public bool IsVsock { get; init; }

    /// <summary>The context identifier of such clients; null: every one, or a rule for others.</summary>
    public uint? Cid { get; init; }

    /// <summary>Whether it is for users or groups.</summary>
    public bool IsIdentity => UserId is not null || GroupId is not null;
}
