using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Tls;

/// <summary>How a client ends.</summary>
internal enum Farewell
{
    /// <summary>It ends its transmission and takes what comes back.</summary>
    Finish,

    /// <summary>It resets the connection at once.</summary>
    Reset,

    /// <summary>It resets the connection when the first bytes of the answer are there.</summary>
    ResetAfterAnswer,
}

/// <summary>What a client sends in the place of a handshake.</summary>
/// <param name="Pieces">The bytes, sent one piece after the other.</param>
/// <param name="Farewell">How it ends.</param>
internal sealed record BrokenHandshake(IReadOnlyList<byte[]> Pieces, Farewell Farewell)
{
    private const int Headers = 5 + 4;
    private const byte Change = 20, Alert = 21, Handshake = 22, Data = 23, Heartbeat = 24;

    /// <summary>Many of them, the same for the same seed.</summary>
    public static IEnumerable<BrokenHandshake> All(int seed)
    {
        var random = new Random(seed);
        var hello = Recorded.Tls;
        return [
            .. Enumerable.Range(0, hello.Length).Select(length => Of(hello[..length])),
            .. Enumerable.Range(0, hello.Length).Select(length => Of(hello[..length]) with { Farewell = Farewell.Reset }),
            .. Enumerable.Range(0, 300).Select(_ => Of(Changed(hello, random))),
            .. Enumerable.Range(0, 300).Select(_ => Of(Random(random, random.Next(1, 4096)))),
            .. Enumerable.Range(0, 100).Select(_ => Of(Record(Handshake, Random(random, random.Next(1, 4096))))),
            .. Lengths(hello).Select(bytes => Of(bytes)),
            .. Enum.GetValues<Farewell>().SelectMany(farewell => Odd(random).Select(pieces => new BrokenHandshake(pieces, farewell))),
        ];
    }

    /// <summary>Sends it, whether the server still takes it or not.</summary>
    public async Task SendAsync(TcpPeer peer)
    {
        try
        {
            foreach (var piece in Pieces)
            {
                await peer.SendAsync(piece);
            }

            if (Farewell == Farewell.Finish)
            {
                peer.Finish();
                await peer.ReceiveToEndAsync();
            }
            else if (Farewell == Farewell.ResetAfterAnswer)
            {
                await peer.ReceiveAsync(new byte[1]);
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The server has reset the connection, as it may.
        }

        peer.Reset();
    }

    private static BrokenHandshake Of(params byte[][] pieces) => new(pieces, Farewell.Finish);

    /// <summary>What is neither cut off nor random. The server answers each, with an alert or its part of the handshake.</summary>
    private static IEnumerable<byte[][]> Odd(Random random)
    {
        var hello = Recorded.Tls;
        yield return [hello];
        yield return [.. hello.Select(each => (byte[])[each])];
        yield return [Recorded.TlsInRecordsOf(1)];
        yield return ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray()];
        yield return ["SSH-2.0-OpenSSH_9.2p1\r\n"u8.ToArray()];

        // Of SSL 2 and SSL 3.
        yield return [[0x80, 0x2E, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10, .. Random(random, 0x15 + 0x10)]];
        yield return [Record(Handshake, Message([3, 0, .. Random(random, 32), 0, 0, 2, 0, 0x35, 1, 0]), minor: 0)];

        // Records of another kind, and too many without content.
        yield return [Record(Alert, [2, 40])];
        yield return [Repeated(Record(Alert, [1, 0]), 2000)];
        yield return [Repeated(Record(Handshake, []), 2000)];
        yield return [Repeated(Record(Change, [1]), 2000)];
        yield return [Record(Data, Random(random, 100))];
        yield return [Record(Heartbeat, [1, 0xFF, 0xFF, 0])];

        // After the first message: what is not encrypted, or not with this key.
        yield return [hello, Random(random, 512)];
        yield return [hello, hello];
        yield return [hello, Record(Alert, [2, 0])];
        yield return [hello, Record(Change, [1]), Record(Data, Random(random, 64))];
        yield return [hello, Repeated(Record(Change, [1]), 2000)];

        // A message that fits by a byte, one that is longer than any may be, and one that promises more than is ever sent.
        yield return [InRecords(Padded(16 * 1024))];
        yield return [InRecords(Padded(60 * 1024))];
        yield return [InRecords([1, 0xFF, 0xFF, 0xFF, .. new byte[300_000]])];
        yield return [Random(random, 1 << 20)];
    }

    /// <summary>The message with each of its lengths too small and too large.</summary>
    private static IEnumerable<byte[]> Lengths(byte[] hello)
    {
        // The record, the message, the session, the ciphers, the compression, the extensions, and the first extension.
        var session = Headers + 2 + 32;
        var ciphers = session + 1 + hello[session];
        var compression = ciphers + 2 + (hello[ciphers] << 8) + hello[ciphers + 1];
        var extensions = compression + 1 + hello[compression];
        int[] lows = [4, Headers - 1, session, ciphers + 1, compression, extensions + 1, extensions + 5];
        foreach (var low in lows)
        {
            foreach (var other in (int[])[0, 1, hello[low] - 1, hello[low] + 1, 255])
            {
                var wrong = (byte[])hello.Clone();
                wrong[low] = (byte)other;
                yield return wrong;
                if (low != session && low != compression)
                {
                    wrong = (byte[])hello.Clone();
                    wrong[low - 1] = (byte)other;
                    yield return wrong;
                }
            }
        }
    }

    private static byte[] Changed(byte[] hello, Random random)
    {
        var changed = (byte[])hello.Clone();
        for (var i = random.Next(1, 8); i > 0; i--)
        {
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
        }

        return changed;
    }

    /// <summary>The recorded message, as long as asked for by an extension of zeros (RFC 7685).</summary>
    private static byte[] Padded(int length)
    {
        var body = Recorded.Tls[Headers..];
        var session = 2 + 32;
        var ciphers = session + 1 + body[session];
        var compression = ciphers + 2 + (body[ciphers] << 8) + body[ciphers + 1];
        var extensions = compression + 1 + body[compression];
        var filling = length - 4 - body.Length - 4;
        var all = body.Length - extensions - 2 + 4 + filling;
        return Message([
            .. body[..extensions], .. Number(all), .. body[(extensions + 2)..], .. Number(21), .. Number(filling), .. new byte[filling],
        ]);
    }

    private static byte[] Message(byte[] body) => [1, (byte)(body.Length >> 16), .. Number(body.Length), .. body];

    private static byte[] Record(byte type, byte[] content, byte minor = 3) => [type, 3, minor, .. Number(content.Length), .. content];

    private static byte[] InRecords(byte[] message) => [.. message.Chunk(1 << 14).SelectMany(part => Record(Handshake, part))];

    private static byte[] Number(int number) => [(byte)(number >> 8), (byte)number];

    private static byte[] Repeated(byte[] bytes, int count) => [.. Enumerable.Repeat(bytes, count).SelectMany(each => each)];

    private static byte[] Random(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
