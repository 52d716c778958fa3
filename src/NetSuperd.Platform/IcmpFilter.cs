using System.Runtime.InteropServices;
using static NetSuperd.Platform.FilterInstruction;

namespace NetSuperd.Platform;

/// <summary>The packet filter for the types of ICMP that a raw socket receives.</summary>
/// <remarks>
/// The option of the socket for them is not enough: a process that has the socket can change it, and that of IPv4 knows the types below 32
/// only. A packet filter, which can be locked, checks all of them again.
/// </remarks>
public static class IcmpFilter
{
    /// <summary>How many types there are.</summary>
    public const int Types = 256;

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
        var program = new List<FilterInstruction>();
        if (isIPv6)
        {
            program.Add(new FilterInstruction(BPF_LD | BPF_B | BPF_ABS, 0));
        }
        else
        {
            program.Add(new FilterInstruction(BPF_LDX | BPF_B | BPF_MSH, 0));
            program.Add(new FilterInstruction(BPF_LD | BPF_B | BPF_IND, 0));
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
            program.Add(new FilterInstruction(BPF_JMP | BPF_JGE, (uint)starts[i], 0, LengthOfRange - 1));
            program.Add(new FilterInstruction(BPF_JMP | BPF_JGE, (uint)next, 1, 0));
            program.Add(new FilterInstruction(BPF_JMP | BPF_JA, (uint)((LengthOfRange * (starts.Count - 1 - i)) + 1)));
        }

        program.Add(new FilterInstruction(BPF_RET, 0));
        program.AddRange(rest is null ? [new FilterInstruction(BPF_RET, uint.MaxValue)] : rest.Instructions);
        return new SocketFilter(CollectionsMarshal.AsSpan(program));
    }
}
