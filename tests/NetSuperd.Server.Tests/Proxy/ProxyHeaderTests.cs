using System.Buffers.Binary;
using System.Net;
using System.Text;
using CsCheck;
using NetSuperd.Server.Proxy;

namespace NetSuperd.Server.Tests.Proxy;

/// <summary>The header of the PROXY protocol, with the examples of its specification.</summary>
public sealed class ProxyHeaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    // The addresses 192.168.0.1:56324 and 192.168.0.11:443 of the specification's example of version 1.
    private const string Addresses4 = "C0A80001C0A8000BDC0401BB";
    private const string Addresses6 = "20010DB800000000000000000000000120010DB8000000000000000000000002DC0401BB";
    private const string Tcp4 = $"{Signature}2111000C{Addresses4}";

    private static readonly string NamesOfUnix = new('0', 2 * 216);

    [Theory]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", "192.168.0.1:56324", "192.168.0.11:443")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535", "255.255.255.255:65535")]
    [InlineData(
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 0 1\r\n", "[2001:db8::1]:0", "[::1]:1")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 1 2\r\n", "192.0.2.1:1", "192.0.2.2:2")]
    [InlineData("PROXY UNKNOWN\r\n", null, null)]
    [InlineData(
        "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", null, null)]
    public void Read_OfVersion1_NamesTheClient(string line, string? client, string? local) =>
        Reads(Encoding.ASCII.GetBytes(line), client, local);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PROXY")]
    [InlineData("PROXY\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 56324\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443 1\r\n")]
    [InlineData("PROXY TCP4  192.168.0.1 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.168.0.01 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.168.1 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 56324 443\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 056324 443\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 -1 443\r\n")]
    [InlineData("PROXY TCP4 192.168.0.1 192.168.0.11 65536 443\r\n")]
    [InlineData("PROXY TCP6 192.168.0.1 192.168.0.11 56324 443\r\n")]
    [InlineData("PROXY TCP6 fe80::1%eth0 ::1 1 1\r\n")]
    [InlineData("PROXY TCP6 [::1]:5 ::1 1 1\r\n")]
    [InlineData("PROXY UDP4 192.168.0.1 192.168.0.11 56324 443\r\n")]
    [InlineData("proxy TCP4 192.168.0.1 192.168.0.11 56324 443\r\n")]
    public void Read_OfAnotherLine_IsWrong(string line)
    {
        var bytes = Encoding.ASCII.GetBytes(line);

        Assert.Equal(line == "PROXY", ProxyHeaderReader.Read(bytes).IsMore);
        Assert.Null(ProxyHeaderReader.Read(bytes).Header);
    }

    [Theory]
    [InlineData(Tcp4, "192.168.0.1:56324", "192.168.0.11:443")]
    [InlineData($"{Signature}21210024{Addresses6}", "[2001:db8::1]:56324", "[2001:db8::2]:443")]
    [InlineData($"{Signature}21110014{Addresses4}0400050000000000", "192.168.0.1:56324", "192.168.0.11:443")]
    [InlineData($"{Signature}20000000", null, null)]
    [InlineData($"{Signature}2011000C{Addresses4}", null, null)]
    [InlineData($"{Signature}21000003AABBCC", null, null)]
    [InlineData($"{Signature}2112000C{Addresses4}", null, null)]
    public void Read_OfVersion2_NamesTheClient(string bytes, string? client, string? local) =>
        Reads(Convert.FromHexString(bytes), client, local);

    [Fact]
    public void Read_OfAUnixClient_NamesNone() => Reads(Convert.FromHexString($"{Signature}213100D8{NamesOfUnix}"), null, null);

    [Theory]
    [InlineData($"{Signature}1111000C{Addresses4}")]
    [InlineData($"{Signature}2211000C{Addresses4}")]
    [InlineData($"{Signature}2141000C{Addresses4}")]
    [InlineData($"{Signature}2113000C{Addresses4}")]
    [InlineData($"{Signature}2111000B{Addresses4}")]
    [InlineData($"{Signature}21210023{Addresses6}")]
    [InlineData($"{Signature}2131000C{Addresses4}")]
    [InlineData($"{Signature}2111000E{Addresses4}0400")]
    [InlineData($"{Signature}21110010{Addresses4}04000200")]
    [InlineData($"{Signature}21110013{Addresses4}03000400000000")]
    [InlineData($"{Signature}2111000F{Addresses4}030000")]
    [InlineData($"{Signature}21110801")]
    [InlineData("0D0A0D0A000D0A515549540B2111000C")]
    public void Read_OfAWrongVersion2_IsWrong(string bytes) =>
        Assert.NotNull(ProxyHeaderReader.Read(Convert.FromHexString(bytes)).Problem);

    [Fact]
    public void Read_WithAChecksum_ChecksIt()
    {
        var header = Convert.FromHexString($"{Signature}21110013{Addresses4}03000400000000");
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(^4), ProxyHeaderReader.Checksum(header, header.Length - 4));

        Reads(header, "192.168.0.1:56324", "192.168.0.11:443");
        header[20] ^= 1;
        Assert.Equal("its checksum is wrong", ProxyHeaderReader.Read(header).Problem);
    }

    // The check value of CRC-32C for "123456789" (https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-32-iscsi).
    [Fact]
    public void Checksum_OfTheKnownText_IsTheKnownValue() =>
        Assert.Equal(0xE3069283, ProxyHeaderReader.Checksum("123456789"u8, int.MaxValue - sizeof(uint)));

    [Fact]
    public void Read_OfALineThatNeverEnds_IsWrongAfterItsMostBytes()
    {
        var line = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('x', 200));

        Assert.True(ProxyHeaderReader.Read(line.AsSpan(..106)).IsMore);
        Assert.NotNull(ProxyHeaderReader.Read(line.AsSpan(..107)).Problem);
    }

    [Fact]
    public void Read_OfRandomBytes_NeverThrows() => Gen.Select(Gen.Int[0, 2], Gen.Byte.Array[0, 300]).Sample((start, bytes) =>
    {
        byte[] all = [.. start == 0 ? [] : start == 1 ? "PROXY "u8 : ProxyHeader.Signature, .. bytes];
        var read = ProxyHeaderReader.Read(all);
        Assert.InRange(read.Length, 0, all.Length);
        Assert.False(read.Header is not null && read.Problem is not null);
    });

    [Theory]
    [InlineData("192.168.0.1:56324", "192.168.0.11:443", "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n")]
    [InlineData("[2001:db8::1]:5", "[fe80::1%3]:6", "PROXY TCP6 2001:db8::1 fe80::1 5 6\r\n")]
    [InlineData("192.0.2.1:5", "[2001:db8::1]:6", "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::1 5 6\r\n")]
    [InlineData(null, "192.0.2.1:5", "PROXY UNKNOWN\r\n")]
    public void Version1_OfTwoEnds_IsTheLineOfTheSpecification(string? client, string? local, string line) =>
        Assert.Equal(line, Encoding.ASCII.GetString(ProxyHeaderWriter.Version1(End(client), End(local))));

    [Theory]
    [InlineData("192.168.0.1:56324", "192.168.0.11:443", Tcp4)]
    [InlineData("[2001:db8::1]:56324", "[2001:db8::2]:443", $"{Signature}21210024{Addresses6}")]
    [InlineData(null, null, $"{Signature}21000000")]
    public void Version2_OfTwoEnds_IsTheHeaderOfTheSpecification(string? client, string? local, string bytes) =>
        Assert.Equal(bytes, Convert.ToHexString(ProxyHeaderWriter.Version2(End(client), End(local))));

    [Fact]
    public void Version2_WithValues_HasWhatFits()
    {
        var header = ProxyHeaderWriter.Version2(
            End("192.168.0.1:56324"),
            End("192.168.0.11:443"),
            (ProxyValue.Authority, "a.example"u8.ToArray()),
            (ProxyValue.Alpn, new byte[3000]));

        Assert.Equal($"{Signature}21110018{Addresses4}020009{Convert.ToHexString("a.example"u8)}", Convert.ToHexString(header));
        Reads(header, "192.168.0.1:56324", "192.168.0.11:443");
    }

    /// <summary>Every beginning of the header is none yet, and bytes behind it change nothing.</summary>
    private static void Reads(byte[] header, string? client, string? local)
    {
        for (var length = 0; length < header.Length; length++)
        {
            Assert.True(ProxyHeaderReader.Read(header.AsSpan(0, length)).IsMore, $"{length} bytes");
        }

        foreach (var bytes in (byte[][])[header, [.. header, .. "\r\nGET"u8]])
        {
            var read = ProxyHeaderReader.Read(bytes);
            Assert.Equal((End(client), End(local), header.Length), (read.Header!.Client, read.Header.Local, read.Length));
        }
    }

    private static IPEndPoint? End(string? text) => text is null ? null : IPEndPoint.Parse(text);
}
