using System.Net.Sockets;
using NetSuperd.Platform;
using static NetSuperd.Platform.FilterInstruction;

namespace NetSuperd.Native;

/// <summary>Makes a TCP listener deaf to new clients, so that it can be emptied and closed without a reset for any client.</summary>
/// <remarks>
/// close(2) resets what waits in the queue of a listener, and what completes its handshake while the queue is read. With the filter on, no
/// handshake begins: a SYN is dropped as if it had been lost on the way, and the client sends it again after a second (RFC 6298), to the
/// process that listens then. Handshakes that have begun are completed, and waiting connections can be accepted. See
/// <see cref="SocketDiagnosis.Handshakes"/> and <see cref="SocketDiagnosis.Waiting"/>.
/// </remarks>
public static class ListenFilter
{
    // RFC 9293, 3.1: the flags are byte 13 of the header, where the data of a filter begins (tcp_filter in net/ipv4/tcp_ipv4.c).
    private const uint OffsetOfFlags = 13;
    private const uint Syn = 0x02;
    private const uint Ack = 0x10;

    private static readonly SocketFilter DropSyn = new(
    [
        new(BPF_LD | BPF_B | BPF_ABS, OffsetOfFlags),
        new(BPF_ALU | BPF_AND, Syn | Ack),
        new(BPF_JMP | BPF_JEQ, Syn, 0, 1),
        new(BPF_RET, 0),
        new(BPF_RET, uint.MaxValue),
    ]);

    /// <summary>Drops every SYN from now on, for every process that shares the listener.</summary>
    /// <remarks>Accepted connections inherit the filter, which passes every segment that they can receive.</remarks>
    /// <exception cref="CallException">setsockopt(2) failed.</exception>
    public static void Attach(Socket listener) => DropSyn.Attach(listener);

    /// <summary>Lets new clients connect again.</summary>
    /// <returns>Whether there was a filter.</returns>
    public static bool Detach(Socket listener) => SocketFilter.Detach(listener);
}
