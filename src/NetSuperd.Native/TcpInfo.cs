using System.Buffers.Binary;
using System.Net.Sockets;

namespace NetSuperd.Native;

/// <summary>What the system knows of a TCP connection: the parts of struct tcp_info (linux/tcp.h) that the daemon shows.</summary>
/// <param name="State">The state, as tcp_states.h numbers it.</param>
/// <param name="RoundTripTime">The smoothed round-trip time.</param>
/// <param name="Retransmits">Segments sent again since the connection was made.</param>
public readonly record struct TcpInfo(int State, TimeSpan RoundTripTime, long Retransmits)
{
    internal const int IPPROTO_TCP = 6;
    internal const int TCP_INFO = 11;
    internal const int OffsetOfUnacked = 24;
    internal const int OffsetOfRtt = 68;
    internal const int OffsetOfTotalRetransmits = 100;
    internal const int Size = 104;

    /// <summary>Asks for the connection of a socket; null where the system does not tell.</summary>
    public static TcpInfo? Of(Socket socket)
    {
        Span<byte> info = stackalloc byte[Size];
        return !Ask(socket, info) ? null : new TcpInfo(
            info[0],
            TimeSpan.FromMicroseconds(BinaryPrimitives.ReadUInt32LittleEndian(info[OffsetOfRtt..])),
            BinaryPrimitives.ReadUInt32LittleEndian(info[OffsetOfTotalRetransmits..]));
    }

    /// <summary>
    /// How many connections wait on a listener to be accepted, those among them that their clients have reset (tcp_get_info in net/ipv4/tcp.c);
    /// 0 where the system does not tell.
    /// </summary>
    public static int PendingOn(Socket listener)
    {
        Span<byte> info = stackalloc byte[Size];
        return Ask(listener, info) ? BinaryPrimitives.ReadInt32LittleEndian(info[OffsetOfUnacked..]) : 0;
    }

    private static bool Ask(Socket socket, Span<byte> info)
    {
        try
        {
            return OperatingSystem.IsLinux() && socket.GetRawSocketOption(IPPROTO_TCP, TCP_INFO, info) >= Size;
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
