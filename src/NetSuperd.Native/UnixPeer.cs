using System.Collections.Immutable;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The process at the other end of a unix socket (unix(7), SO_PEERCRED).</summary>
public static class UnixPeer
{
    /// <summary>Asks for the peer of a connected unix socket; null where the system does not report it.</summary>
    public static PeerCredentials? Of(SafeHandle socket)
    {
        Span<byte> credentials = stackalloc byte[3 * sizeof(int)];
        return SocketValue.Read(socket, Libc.SOL_SOCKET, Libc.SO_PEERCRED, credentials) == credentials.Length
            ? MemoryMarshal.Read<PeerCredentials>(credentials)
            : null;
    }

    /// <summary>
    /// The groups of the peer of a connected unix socket: the primary one and the supplementary ones (SO_PEERGROUPS, Linux 4.13); the
    /// default where the system does not report it.
    /// </summary>
    public static ImmutableArray<uint> GroupsOf(SafeHandle socket)
    {
        // NGROUPS_MAX of linux/limits.h; hardly any user has more groups than the first number.
        foreach (var most in (ReadOnlySpan<int>)[64, 65536])
        {
            var groups = new byte[most * sizeof(uint)];
            if (SocketValue.Read(socket, Libc.SOL_SOCKET, Libc.SO_PEERGROUPS, groups) is >= 0 and var length)
            {
                return Of(socket) is { } peer ? [peer.Gid, .. MemoryMarshal.Cast<byte, uint>(groups.AsSpan(0, length))] : default;
            }

            // ERANGE: there are more.
        }

        return default;
    }
}
