using System.Net.Sockets;
using System.Runtime.InteropServices;
using static NetSuperd.Platform.FilterInstruction;

namespace NetSuperd.Platform;

/// <summary>Makes the filter of a datagram socket that drops what comes from some addresses.</summary>
/// <remarks>
/// The addresses of each family are ranges without overlap, in which the filter finds the sender by a binary search. It reads the header of
/// the network layer, which the kernel keeps at SKF_NET_OFF; a socket of both families sees both headers.
/// </remarks>
public sealed class SenderFilter
{
    private const uint NetworkHeader = 0xFFF0_0000;
    private const uint OffsetOfIp4Source = NetworkHeader + 12;
    private const uint OffsetOfIp6Source = NetworkHeader + 8;
    private const int WordBits = 32;
    private const int WordsOfIp6 = 4;

    private readonly List<FilterInstruction> _program = [];

    private SenderFilter()
    {
    }

    /// <summary>Makes the filter.</summary>
    /// <param name="ip4">The starts of the ranges of IPv4 addresses in their order, each with whether its senders are admitted.</param>
    /// <param name="ip6">The same for IPv6.</param>
    /// <param name="admitsOthers">Whether a sender before the first start is admitted.</param>
    public static SocketFilter Make(
        IEnumerable<(UInt128 Start, bool Admits)> ip4, IEnumerable<(UInt128 Start, bool Admits)> ip6, bool admitsOthers)
    {
        var filter = new SenderFilter();
        filter.Add(BPF_LD | BPF_B | BPF_ABS, NetworkHeader);
        filter.Add(BPF_ALU | BPF_AND, 0xF0);
        filter.Add(BPF_JMP | BPF_JEQ, 0x40, 1, 0);
        var toIp6 = filter.Add(BPF_JMP | BPF_JA, 0);
        filter.Add(BPF_LD | BPF_W | BPF_ABS, OffsetOfIp4Source);
        filter.Search([.. Joined(ip4, admitsOthers)], AddressFamily.InterNetwork);
        filter.Land(toIp6);
        filter.Search([.. Joined(ip6, admitsOthers)], AddressFamily.InterNetworkV6);
        return new SocketFilter(CollectionsMarshal.AsSpan(filter._program));
    }

    /// <summary>All ranges, the first from 0, without those that judge as the one before.</summary>
    private static IEnumerable<(UInt128 Start, bool Admits)> Joined(IEnumerable<(UInt128 Start, bool Admits)> ranges, bool admitsOthers)
    {
        (UInt128 Start, bool Admits) last = (0, admitsOthers);
        foreach (var range in ranges)
        {
            if (range.Start == 0)
            {
                last = range;
            }
            else if (range.Admits != last.Admits)
            {
                yield return last;
                last = range;
            }
        }

        yield return last;
    }

    private void Search(ReadOnlySpan<(UInt128 Start, bool Admits)> ranges, AddressFamily family)
    {
        if (ranges.Length == 1)
        {
            Add(BPF_RET, ranges[0].Admits ? uint.MaxValue : 0);
            return;
        }

        var middle = ranges.Length / 2;
        var toUpper = GoWhereAtLeast(ranges[middle].Start, family);
        Search(ranges[..middle], family);
        Land(toUpper);
        Search(ranges[middle..], family);
    }

    /// <summary>Jumps where the source is not less than an address, and continues otherwise.</summary>
    /// <returns>The jump, which is still to be given its end.</returns>
    private int GoWhereAtLeast(UInt128 address, AddressFamily family)
    {
        if (family == AddressFamily.InterNetwork)
        {
            // The source has been loaded.
            Add(BPF_JMP | BPF_JGE, (uint)address, 0, 1);
            return Add(BPF_JMP | BPF_JA, 0);
        }

        // Each word decides unless it is equal. The last one is an instruction shorter; behind it stand the jump and the way of the lower
        // addresses.
        const int LengthOfWord = 3;
        for (var word = 0; word < WordsOfIp6; word++)
        {
            var isLast = word == WordsOfIp6 - 1;
            var value = (uint)(address >> (WordBits * (WordsOfIp6 - 1 - word)));
            var left = (byte)(LengthOfWord * (WordsOfIp6 - 1 - word));
            Add(BPF_LD | BPF_W | BPF_ABS, OffsetOfIp6Source + (uint)(word * sizeof(uint)));
            if (isLast)
            {
                Add(BPF_JMP | BPF_JGE, value, 0, 1);
            }
            else
            {
                Add(BPF_JMP | BPF_JGT, value, left, 0);
                Add(BPF_JMP | BPF_JEQ, value, 0, left);
            }
        }

        return Add(BPF_JMP | BPF_JA, 0);
    }

    private int Add(int code, uint value, byte whereTrue = 0, byte whereFalse = 0)
    {
        _program.Add(new FilterInstruction(code, value, whereTrue, whereFalse));
        return _program.Count - 1;
    }

    /// <summary>Lets a jump end at the next instruction.</summary>
    private void Land(int jump) =>
        _program[jump] = new FilterInstruction(BPF_JMP | BPF_JA, (uint)(_program.Count - jump - 1));
}
