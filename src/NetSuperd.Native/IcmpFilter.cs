using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The types of ICMP that a raw socket receives.</summary>
/// <remarks>
/// The option of the socket (raw(7), ICMP_FILTER; RFC 3542, ICMP6_FILTER) drops the others before they are copied for the socket. But a
/// process that has the socket can change it, and that of IPv4 knows the types below 32 only. So a packet filter, which can be locked,
/// checks all of them again.
/// </remarks>
public static class IcmpFilter
{
    /// <summary>How many types there are.</summary>
    public const int Types = 256;

    private const int TypesOfWord = 32;

    /// <summary>Sets the option of a socket.</summary>
    /// <param name="socket">A raw socket of ICMP.</param>
    /// <param name="types">The types that it is to receive; null: all.</param>
    /// <exception cref="CallException">setsockopt(2) failed.</exception>
    public static unsafe void Set(Socket socket, IReadOnlyCollection<int>? types)
    {
        var isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        Span<uint> dropped = stackalloc uint[Types / TypesOfWord];
        dropped.Fill(types is null ? 0 : uint.MaxValue);
        foreach (var type in types ?? [])
        {
            dropped[type / TypesOfWord] &= ~(1u << (type % TypesOfWord));
        }

        fixed (uint* words = dropped)
        {
            var result = isIPv6
                ? Libc.setsockopt(socket.SafeHandle, Libc.IPPROTO_ICMPV6, Libc.ICMPV6_FILTER, words, Types / 8)
                : Libc.setsockopt(socket.SafeHandle, Libc.SOL_RAW, Libc.ICMP_FILTER, words, sizeof(uint));
            if (result < 0)
            {
                throw Libc.Failure("setsockopt", "ICMP_FILTER");
            }
        }
    }

    /// <summary>Makes the packet filter that drops the types of ICMP that a socket is not to receive.</summary>
    /// <remarks>
    /// A raw socket of IPv4 sees the packet from the header of IPv4 on, whose length is in its first byte; one of IPv6 from the header of
    /// ICMP on (raw(7), ipv6(7)).
    /// </remarks>
    /// <param name="isIPv6">Whether the socket is of IPv6.</param>
    /// <param name="types">The types that it is to receive.</param>
    /// <param name="rest">The filter for packets of these types; null: the socket receives them.</param>
    public static SocketFilter Make(bool isIPv6, IEnumerable<int> types, SocketFilter? rest)
    {
        var admitted = types.ToHashSet();
        var program = new List<Libc.FilterInstruction>();
        if (isIPv6)
        {
            program.Add(new Libc.FilterInstruction(Libc.BPF_LD | Libc.BPF_B | Libc.BPF_ABS, 0));
        }
        else
        {
            program.Add(new Libc.FilterInstruction(Libc.BPF_LDX | Libc.BPF_B | Libc.BPF_MSH, 0));
            program.Add(new Libc.FilterInstruction(Libc.BPF_LD | Libc.BPF_B | Libc.BPF_IND, 0));
        }

        // Each jump ends the search at the instruction after the last of these.
        var starts = Enumerable.Range(0, Types).Where(type => admitted.Contains(type) && !admitted.Contains(type - 1)).ToList();
        for (var i = 0; i < starts.Count; i++)
        {
            var next = starts[i];
            while (admitted.Contains(next))
            {
                next++;
            }

            const int LengthOfRange = 3;
            program.Add(new Libc.FilterInstruction(Libc.BPF_JMP | Libc.BPF_JGE, (uint)starts[i], 0, LengthOfRange - 1));
            program.Add(new Libc.FilterInstruction(Libc.BPF_JMP | Libc.BPF_JGE, (uint)next, 1, 0));
            program.Add(new Libc.FilterInstruction(Libc.BPF_JMP | Libc.BPF_JA, (uint)((LengthOfRange * (starts.Count - 1 - i)) + 1)));
        }

        program.Add(new Libc.FilterInstruction(Libc.BPF_RET, 0));
        program.AddRange(rest is null ? [new Libc.FilterInstruction(Libc.BPF_RET, uint.MaxValue)] : rest.Instructions);
        return new SocketFilter(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(program));
    }
}
