using System.Runtime.InteropServices;

namespace NetSuperd.Linux.Workers;

/// <summary>What is said of a datagram between the daemon and a worker.</summary>
internal enum DatagramWord : byte
{
    /// <summary>From the daemon: serve it.</summary>
    Serve = 1,

    /// <summary>From the worker: an answer to it.</summary>
    Answer,

    /// <summary>From the worker: it is served.</summary>
    Served,

    /// <summary>From the worker: it is served, and its handler has thrown an exception.</summary>
    Failed,
}

/// <summary>Datagrams, or the answers to them, that go as one message, since a message costs more than its bytes.</summary>
internal sealed class DatagramMessage
{
    /// <summary>The most bytes of a message: a datagram of the greatest length fits.</summary>
    public const int MostBytes = IDatagramReply.MaxBytes + 1024;

    private readonly byte[] _bytes = new byte[MostBytes];
    private int _length;

    /// <summary>Whether nothing has been added.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>The message.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Begins another message.</summary>
    public void Clear() => _length = 0;

    /// <summary>Adds what is said of a datagram.</summary>
    /// <param name="word">What it is.</param>
    /// <param name="index">The number of the datagram in its batch.</param>
    /// <param name="data">The bytes of the datagram, or of the answer.</param>
    /// <param name="sender">The address of the sender, in the kernel's format.</param>
    /// <param name="local">The address that it was sent to.</param>
    /// <returns>False where the message has no room for it.</returns>
    public bool TryAdd(
        DatagramWord word, int index, ReadOnlySpan<byte> data = default, ReadOnlySpan<byte> sender = default,
        ReadOnlySpan<byte> local = default)
    {
        var head = new Head(word, (byte)index, (byte)sender.Length, (byte)local.Length, data.Length);
        if (head.Length > MostBytes - _length)
        {
            return false;
        }

        var target = _bytes.AsSpan(_length);
        MemoryMarshal.Write(target, head);
        target = target[Head.Size..];
        sender.CopyTo(target);
        local.CopyTo(target[sender.Length..]);
        data.CopyTo(target[(sender.Length + local.Length)..]);
        _length += head.Length;
        return true;
    }

    /// <summary>Reads what is said next in a message.</summary>
    /// <param name="rest">The rest of the message, from which it is taken.</param>
    /// <param name="part">What is said.</param>
    /// <returns>False at the end of the message, and where it is malformed: then something is left of it.</returns>
    public static bool TryRead(ref ReadOnlyMemory<byte> rest, out DatagramPart part)
    {
        part = default;
        if (!MemoryMarshal.TryRead<Head>(rest.Span, out var head) || head.DataLength is < 0 or > MostBytes
            || head.Length > rest.Length)
        {
            return false;
        }

        var sender = rest.Slice(Head.Size, head.SenderLength);
        var local = rest.Slice(Head.Size + head.SenderLength, head.LocalLength);
        part = new DatagramPart(head.Word, head.Index, rest[(head.Length - head.DataLength)..head.Length], sender, local);
        rest = rest[head.Length..];
        return true;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly record struct Head(DatagramWord Word, byte Index, byte SenderLength, byte LocalLength, int DataLength)
    {
        public const int Size = 8;

        public int Length => Size + SenderLength + LocalLength + DataLength;
    }
}

/// <summary>What is said of one datagram.</summary>
/// <param name="Word">What it is.</param>
/// <param name="Index">The number of the datagram in its batch.</param>
/// <param name="Data">The bytes of the datagram, or of the answer.</param>
/// <param name="Sender">The address of the sender, in the kernel's format.</param>
/// <param name="Local">The address that it was sent to.</param>
internal readonly record struct DatagramPart(
    DatagramWord Word, int Index, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Sender, ReadOnlyMemory<byte> Local);
