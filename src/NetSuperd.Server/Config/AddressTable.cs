using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Server.Config;

/// <summary>Networks of one family, each with a value; the most specific one around an address is found by one binary search.</summary>
/// <remarks>
/// Networks either hold each other or do not touch. Written down one after another, with every place where the answer changes, they become
/// ranges without overlap: at most two for each.
/// </remarks>
internal sealed class AddressTable<T>
    where T : class
{
    private readonly UInt128[] _starts;
    private readonly T?[] _values;

    /// <param name="family">The family; networks of another are left out.</param>
    /// <param name="networks">The networks; of two that are the same the first counts.</param>
    public AddressTable(AddressFamily family, IEnumerable<(IPNetwork Network, T Value)> networks)
    {
        var bits = family == AddressFamily.InterNetwork ? 32 : 128;
        var last = bits == 32 ? uint.MaxValue : UInt128.MaxValue;
        var (starts, values, open) = (new List<UInt128>(), new List<T?>(), new Stack<(UInt128 End, T Value)>());
        foreach (var (start, length, value) in networks
            .Where(pair => pair.Network.BaseAddress.AddressFamily == family)
            .Select(pair => (Start: Number(pair.Network.BaseAddress), Length: pair.Network.PrefixLength, pair.Value))
            .DistinctBy(entry => (entry.Start, entry.Length))
            .OrderBy(entry => entry.Start).ThenBy(entry => entry.Length))
        {
            CloseUntil(start);
            Begin(start, value);
            open.Push((length == 0 ? last : start + ((UInt128.One << (bits - length)) - 1), value));
        }

        CloseUntil(null);
        (_starts, _values) = ([.. starts], [.. values]);

        // The networks that end before the address. Behind the end of each, the network around it decides again.
        void CloseUntil(UInt128? start)
        {
            while (open.TryPeek(out var inner) && !(inner.End >= start))
            {
                open.Pop();
                if (inner.End != last)
                {
                    Begin(inner.End + 1, open.TryPeek(out var outer) ? outer.Value : null);
                }
            }
        }

        void Begin(UInt128 start, T? value)
        {
            if (starts.Count > 0 && starts[^1] == start)
            {
                values[^1] = value;
                return;
            }

            starts.Add(start);
            values.Add(value);
        }
    }

    /// <summary>The value of the most specific network that holds the address; null where none does.</summary>
    public T? Find(UInt128 address)
    {
        var index = Array.BinarySearch(_starts, address);
        index = index < 0 ? ~index - 1 : index;
        return index < 0 ? null : _values[index];
    }

    /// <summary>The ranges in their order, each to the start of the next; null in one that no network holds.</summary>
    public IEnumerable<(UInt128 Start, T? Value)> Ranges => _starts.Zip(_values);

    private static UInt128 Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out var length);
        return length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
