using System.Net.Sockets;

namespace NetSuperd.Native;

/// <summary>Keeps new clients away from a TCP listener that is about to be closed, by a filter (socket(7), SO_ATTACH_FILTER).</summary>
public static class ListenFilter
{
    // linux/bpf_common.h; what the filter of a TCP socket sees begins with the TCP header, whose byte 13 has the flags (RFC 9293, 3.1).
    private const ushort LoadByte = 0x30;
    private const ushort And = 0x54;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;
    private const uint SynAndAck = 0x12;
    private const uint Syn = 0x02;

    /// <summary>
    /// Drops each segment that opens a connection, and lets all others through, so that handshakes that have begun come to their end. The client
    /// sends it again a second later, to whoever listens then.
    /// </summary>
    /// <returns>Whether the system does that.</returns>
    public static unsafe bool Attach(Socket listener)
    {
        var program = stackalloc Libc.FilterInstruction[]
        {
            new() { code = LoadByte, k = 13 },
            new() { code = And, k = SynAndAck },
            new() { code = JumpIfEqual, jt = 0, jf = 1, k = Syn },
            new() { code = Return, k = 0 },
            new() { code = Return, k = uint.MaxValue },
        };
        var filter = new Libc.FilterProgram { len = 5, filter = program };
        return Libc.setsockopt(listener.SafeHandle, Libc.SOL_SOCKET, Libc.SO_ATTACH_FILTER, &filter, (uint)sizeof(Libc.FilterProgram)) == 0;
    }
}
