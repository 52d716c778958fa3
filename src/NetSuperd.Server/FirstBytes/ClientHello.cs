using System.Buffers.Binary;
using System.Text;

namespace NetSuperd.Server.FirstBytes;

/// <summary>The first message of a TLS client (RFC 8446, 4.1.2): the host that it asks for, and the protocols that it offers.</summary>
/// <param name="Host">The host name of SNI (RFC 6066, 3); null: none.</param>
/// <param name="Protocols">The protocols of ALPN (RFC 7301).</param>
internal sealed record ClientHello(string? Host, IReadOnlyList<string> Protocols)
{
    /// <summary>The most bytes that are looked at; a client that sends more before its first message is whole gets no rule by it.</summary>
    public const int MostBytes = 16 * 1024;

    private const int BytesOfRecordHeader = 5;
    private const int BytesOfMessageHeader = 4;
    private const int HandshakeRecord = 22;
    private const int Major = 3;
    private const int LastMinor = 4;
    private const int OfClient = 1;
    private const int HostName = 0;
    private const int ServerNameExtension = 0;
    private const int ProtocolsExtension = 16;
    private const int BytesOfVersionAndRandom = 2 + 32;

    /// <summary>Whether the bytes begin like the first message of a TLS client.</summary>
    public static Fit Begins(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [] => Fit.More,
        [not HandshakeRecord, ..] or [_, not Major, ..] or [_, _, > LastMinor, ..] or [_, _, _, _, _, not OfClient, ..] => Fit.No,
        { Length: <= BytesOfRecordHeader } => Fit.More,
        _ => Fit.Yes,
    };

    /// <summary>Reads the message, which may be in several records.</summary>
    /// <param name="bytes">The first bytes of the connection.</param>
    /// <param name="hello">The message, where they have all of it.</param>
    public static Fit Read(ReadOnlySpan<byte> bytes, out ClientHello? hello)
    {
        hello = null;
        Span<byte> message = stackalloc byte[MostBytes];
        var filled = 0;
        while (true)
        {
            if (IsRecord(bytes) is var fit and not Fit.Yes)
            {
                return fit;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(BytesOfRecordHeader - sizeof(ushort))..]);
            var part = bytes[BytesOfRecordHeader..Math.Min(bytes.Length, BytesOfRecordHeader + length)];
            if (length == 0 || filled + part.Length > MostBytes)
            {
                return Fit.No;
            }

            part.CopyTo(message[filled..]);
            filled += part.Length;
            var whole = filled < BytesOfMessageHeader ? int.MaxValue
                : BytesOfMessageHeader + (int)(BinaryPrimitives.ReadUInt32BigEndian(message) & 0xFFFFFF);
            if ((filled > 0 && message[0] != OfClient) || (whole > MostBytes && whole != int.MaxValue))
            {
                return Fit.No;
            }

            if (filled >= whole)
            {
                hello = Read(message[BytesOfMessageHeader..whole]);
                return hello is null ? Fit.No : Fit.Yes;
            }

            if (part.Length < length)
            {
                return Fit.More;
            }

            bytes = bytes[(BytesOfRecordHeader + length)..];
        }
    }

    private static Fit IsRecord(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [not HandshakeRecord, ..] or [_, not Major, ..] or [_, _, > LastMinor, ..] => Fit.No,
        { Length: < BytesOfRecordHeader } => Fit.More,
        _ => Fit.Yes,
    };

    private static ClientHello? Read(ReadOnlySpan<byte> body)
    {
        var fields = new Fields(body);
        fields.Skip(BytesOfVersionAndRandom);

        // The session, the ciphers, the compression.
        _ = fields.Take8();
        _ = fields.Take16();
        _ = fields.Take8();
        var (host, protocols) = ((string?)null, new List<string>());
        var extensions = new Fields(fields.IsEmpty ? default : fields.Take16());
        while (!extensions.IsEmpty)
        {
            var type = extensions.Number();
            var extension = new Fields(extensions.Take16());
            switch (type)
            {
                case ServerNameExtension:
                    var names = new Fields(extension.Take16());
                    host = names.Byte() == HostName ? Encoding.Latin1.GetString(names.Take16()).TrimEnd('.') : null;
                    extensions.IsBroken |= names.IsBroken;
                    break;
                case ProtocolsExtension:
                    var offered = new Fields(extension.Take16());
                    while (!offered.IsEmpty)
                    {
                        protocols.Add(Encoding.Latin1.GetString(offered.Take8()));
                    }

                    extensions.IsBroken |= offered.IsBroken;
                    break;
            }

            extensions.IsBroken |= extension.IsBroken;
        }

        return fields.IsBroken || extensions.IsBroken ? null : new ClientHello(host, protocols);
    }

    /// <summary>Takes fields from bytes, and notes where there are too few. Then there are none left.</summary>
    private ref struct Fields(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _left = bytes;

        public bool IsBroken { get; set; }

        public readonly bool IsEmpty => _left.IsEmpty || IsBroken;

        public void Skip(int count) => Take(count);

        public int Byte() => Take(1) is [var number] ? number : 0;

        public int Number() => Take(sizeof(ushort)) is [var high, var low] ? (high << 8) | low : 0;

        /// <summary>A field behind its length in one byte.</summary>
        public ReadOnlySpan<byte> Take8() => Take(Byte());

        /// <summary>A field behind its length in two bytes.</summary>
        public ReadOnlySpan<byte> Take16() => Take(Number());

        private ReadOnlySpan<byte> Take(int count)
        {
            if (IsBroken || count > _left.Length)
            {
                IsBroken = true;
                return default;
            }

            var taken = _left[..count];
            _left = _left[count..];
            return taken;
        }
    }
}
