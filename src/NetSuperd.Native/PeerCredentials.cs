using System.Collections.Immutable;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>Who is at the other end of a unix socket (unix(7), SO_PEERCRED): the ids when it connected.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Uid">Its effective user.</param>
/// <param name="Gid">Its effective primary group.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid)
{
    /// <summary>Asks for the peer of a connected unix socket; null where the system does not tell.</summary>
    public static PeerCredentials? Of(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[3 * sizeof(int)];
        try
        {
            _ = socket.GetRawSocketOption(Libc.SOL_SOCKET, Libc.SO_PEERCRED, credentials);
        }
        catch (SocketException)
        {
            return null;
        }

        return MemoryMarshal.Read<PeerCredentials>(credentials);
    }

    /// <summary>
    /// The groups of the peer of a connected unix socket: the primary one and the supplementary ones (SO_PEERGROUPS, Linux 4.13); the default
    /// where the system does not tell.
    /// </summary>
    public static ImmutableArray<uint> GroupsOf(Socket socket)
    {
        // NGROUPS_MAX of linux/limits.h; hardly anybody has more than the first of these.
        foreach (var most in (ReadOnlySpan<int>)[64, 65536])
        {
            var groups = new byte[most * sizeof(uint)];
            try
            {
                var length = socket.GetRawSocketOption(Libc.SOL_SOCKET, Libc.SO_PEERGROUPS, groups);
                return Of(socket) is { } peer ? [peer.Gid, .. MemoryMarshal.Cast<byte, uint>(groups.AsSpan(0, length))] : default;
            }
            catch (SocketException)
            {
                // ERANGE: there are more.
                continue;
            }
        }

        return default;
    }
}
