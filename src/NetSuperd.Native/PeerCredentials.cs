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
}
