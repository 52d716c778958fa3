using System.Runtime.InteropServices;

namespace NetSuperd.Testing;

/// <summary>The bytes of one direction that have been sent and not received. The gate of the connection guards it.</summary>
internal sealed class Direction
{
    private readonly List<byte> _bytes = [];

    /// <summary>Bytes have come or gone, or the direction has ended.</summary>
    public Signal Changed { get; } = new();

    /// <summary>How many bytes there are.</summary>
    public int Count => _bytes.Count;

    /// <summary>Whether the sender has ended its transmission.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Whether the sender has reset the connection.</summary>
    public bool IsReset { get; private set; }

    /// <summary>The bytes that were sent and not received.</summary>
    public ReadOnlySpan<byte> Bytes => CollectionsMarshal.AsSpan(_bytes);

    /// <summary>Adds bytes of the sender.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        Changed.Set();
    }

    /// <summary>Moves bytes to the receiver.</summary>
    /// <returns>How many.</returns>
    public int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, Count);
        Bytes[..count].CopyTo(buffer);
        return Discard(count);
    }

    /// <summary>Drops bytes.</summary>
    /// <param name="most">At most so many.</param>
    /// <returns>How many.</returns>
    public int Discard(int most)
    {
        var count = Math.Min(most, Count);
        _bytes.RemoveRange(0, count);
        Changed.Set();
        return count;
    }

    /// <summary>The sender ends its transmission.</summary>
    public void End()
    {
        IsEnded = true;
        Changed.Set();
    }

    /// <summary>The sender resets the connection.</summary>
    public void Reset()
    {
        IsReset = true;
        Changed.Set();
    }
}
