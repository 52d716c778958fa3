using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Reads the state of a TCP connection from struct tcp_info (linux/tcp.h).</summary>
public static class TcpInfoReader
{
    // The states of linux/tcp_states.h, which no header beside linux/bpf.h gives to programs that need struct tcp_info as well.
    internal const int Established = 1;
    internal const int SynSent = 2;
    internal const int SynReceived = 3;
    internal const int FinWait1 = 4;
    internal const int FinWait2 = 5;
    internal const int CloseWait = 8;
    internal const int Listening = 10;
    internal const int LastAck = 9;
    internal const int Closing = 11;
    internal const int OffsetOfUnacked = 24;
    internal const int OffsetOfLastSent = 44;
    internal const int OffsetOfLastReceived = 52;
    internal const int OffsetOfRtt = 68;
    internal const int OffsetOfTotalRetransmits = 100;
    internal const int OffsetOfReceived = 128;
    internal const int OffsetOfSent = 200;
    internal const int OffsetOfSentAgain = 208;
    internal const int Size = 216;

    /// <summary>Asks for the connection of a socket; null where the system does not report it.</summary>
    public static TcpInfo? Of(SafeHandle socket)
    {
        Span<byte> info = stackalloc byte[Size];
        return Ask(socket, info) ? From(info) : null;
    }

    /// <summary>
    /// How many connections wait on a listener to be accepted, including those that their clients have reset (tcp_get_info in
    /// net/ipv4/tcp.c); 0 where the system does not report it.
    /// </summary>
    public static int PendingOn(SafeHandle listener)
    {
        Span<byte> info = stackalloc byte[Size];
        return Ask(listener, info) ? BinaryPrimitives.ReadInt32LittleEndian(info[OffsetOfUnacked..]) : 0;
    }

    /// <summary>Reads a struct tcp_info; null where the system wrote less of it than is needed.</summary>
    internal static TcpInfo? From(ReadOnlySpan<byte> info)
    {
        if (info.Length < Size)
        {
            return null;
        }

        // A FIN counts as a byte that was received (tcp_rcv_nxt_update in net/ipv4/tcp_input.c).
        var state = info[0];
        var fin = state is CloseWait or LastAck or Closing ? 1 : 0;
        return new TcpInfo(
            state,
            TimeSpan.FromMicroseconds(BinaryPrimitives.ReadUInt32LittleEndian(info[OffsetOfRtt..])),
            BinaryPrimitives.ReadUInt32LittleEndian(info[OffsetOfTotalRetransmits..]),
            BinaryPrimitives.ReadInt64LittleEndian(info[OffsetOfReceived..]) - fin,
            BinaryPrimitives.ReadInt64LittleEndian(info[OffsetOfSent..])
                - BinaryPrimitives.ReadInt64LittleEndian(info[OffsetOfSentAgain..]),
            TimeSpan.FromMilliseconds(Math.Min(
                BinaryPrimitives.ReadUInt32LittleEndian(info[OffsetOfLastSent..]),
                BinaryPrimitives.ReadUInt32LittleEndian(info[OffsetOfLastReceived..]))));
    }

    private static bool Ask(SafeHandle socket, Span<byte> info) =>
        SocketValue.Read(socket, Libc.IPPROTO_TCP, Libc.TCP_INFO, info) >= Size;
}
