using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>Reads the state of a TCP connection from TCP_INFO_v0 (mstcpip.h), which Windows has from version 10 on.</summary>
/// <remarks>Wine has none. The offsets are those of the header's fields on a system of 64 bits.</remarks>
internal static unsafe class WindowsTcpInfo
{
    internal const int OffsetOfRtt = 20;
    internal const int OffsetOfInFlight = 28;
    internal const int OffsetOfSent = 48;
    internal const int OffsetOfReceived = 56;
    internal const int OffsetOfFastRetransmits = 72;
    internal const int OffsetOfTimeouts = 80;
    internal const int OffsetOfSynRetransmits = 84;
    internal const int Size = 88;

    // TCPSTATE of mstcpip.h, from CLOSED to TIME_WAIT, as tcp_states.h of Linux numbers them.
    private static ReadOnlySpan<byte> States => [TcpInfo.Closed, 10, 2, 3, 1, 4, 5, 8, 11, 9, 6];

    /// <summary>Asks for the connection of a socket; null where the system does not report it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="idle">How long no data has passed, which the system does not know.</param>
    public static TcpInfo? Of(SafeHandle socket, TimeSpan idle)
    {
        Span<byte> info = stackalloc byte[Size];
        return TryAsk(socket, info) ? From(info, idle) : null;
    }

    /// <summary>How many bytes the peer has not acknowledged of those that were sent; 0 where the system does not report it.</summary>
    public static int InFlight(SafeHandle socket)
    {
        Span<byte> info = stackalloc byte[Size];
        return TryAsk(socket, info) ? BinaryPrimitives.ReadInt32LittleEndian(info[OffsetOfInFlight..]) : 0;
    }

    /// <summary>Reads a TCP_INFO_v0.</summary>
    internal static TcpInfo From(ReadOnlySpan<byte> info, TimeSpan idle)
    {
        var state = BinaryPrimitives.ReadInt32LittleEndian(info);
        return new TcpInfo(
            state >= 0 && state < States.Length ? States[state] : TcpInfo.Closed,
            TimeSpan.FromMicroseconds(BinaryPrimitives.ReadUInt32LittleEndian(info[OffsetOfRtt..])),
            (long)BinaryPrimitives.ReadUInt32LittleEndian(info[OffsetOfFastRetransmits..])
                + BinaryPrimitives.ReadUInt32LittleEndian(info[OffsetOfTimeouts..]) + info[OffsetOfSynRetransmits],
            BinaryPrimitives.ReadInt64LittleEndian(info[OffsetOfReceived..]),
            BinaryPrimitives.ReadInt64LittleEndian(info[OffsetOfSent..]),
            idle);
    }

    private static bool TryAsk(SafeHandle socket, Span<byte> info)
    {
        try
        {
            uint version = 0, returned;
            fixed (byte* start = info)
            {
                return Ws2.WSAIoctl(socket, Ws2.SIO_TCP_INFO, &version, sizeof(uint), start, Size, &returned, null, null) == 0
                    && returned >= Size;
            }
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }
}
