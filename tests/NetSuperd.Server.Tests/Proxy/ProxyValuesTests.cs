using System.Text;
using NetSuperd.Server.Proxy;

namespace NetSuperd.Server.Tests.Proxy;

/// <summary>The values behind the addresses of a PROXY header of version 2 (section 2.2 of the specification).</summary>
public sealed class ProxyValuesTests
{
    private const string Alpn = "0100026832", Authority = "020003612E62";
    private const string Addresses = "0D0A0D0A000D0A515549540A2111";
    private const string Ends = "C0A80001C0A8000BDC0401BB";

    private static readonly TlsSession Plain = new("TLSv1.3", "TLS_AES_128_GCM_SHA256", "a.b", "h2", null, null);

    [Fact]
    public void For_AnEncryptedClient_HasTheBytesOfTheSpecification()
    {
        // Type, length, client (PP2_CLIENT_SSL), verify, then the version and the cipher.
        var tls = "200028" + "01" + "00000001" + "210007" + Hex("TLSv1.3") + "230016" + Hex("TLS_AES_128_GCM_SHA256");

        Assert.Equal(Alpn + Authority + tls + "050001" + Hex("7"), Written("7", Plain));
    }

    [Fact]
    public void For_AClientWithACertificate_HasItsCommonName()
    {
        var session = new TlsSession("TLSv1.3", "TLS_AES_128_GCM_SHA256", null, null, "CN=\"a, b\", O=x", "00");

        Assert.Equal(
            "20002F" + "07" + "00000000" + "210007" + Hex("TLSv1.3") + "230016" + Hex("TLS_AES_128_GCM_SHA256") + "220004" + Hex("a, b")
            + "050001" + Hex("7"),
            Written("7", session));
    }

    [Fact]
    public void For_AClientOfAProxy_PassesOnWhatThisSideDoesNotKnowBetter()
    {
        var before = "010001" + Hex("x") + "020001" + Hex("y") + "E00001FF" + "050002" + Hex("id");

        Assert.Equal("010001" + Hex("x") + "020001" + Hex("y") + "E00001FF" + "050002" + Hex("id"), Written("7", null, before));
        Assert.EndsWith("E00001FF" + "050002" + Hex("id"), Written("7", Plain, before), StringComparison.Ordinal);
        Assert.StartsWith(Alpn + Authority + "20", Written("7", Plain, before), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0100026832", "0100026832")]
    [InlineData("04000200003000016E", "")]
    [InlineData("04000001000268320300040000000002000161", "010002683202000161")]
    public void PassedOn_LeavesOutWhatIsAboutTheHeaderOrTheOtherHost(string values, string expected) =>
        Assert.Equal(expected, Convert.ToHexString(ProxyValues.PassedOn(Convert.FromHexString(values))));

    [Fact]
    public void Read_OfAHeaderWithValues_KeepsThem()
    {
        var header = Convert.FromHexString(Addresses + "0016" + Ends + Alpn + "3000026E73");

        Assert.Equal(Alpn, Convert.ToHexString(ProxyHeaderReader.Read(header).Header!.Values.Span));
    }

    private static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));

    private static string Written(string id, TlsSession? tls, string before = "")
    {
        using var written = new MemoryStream();
        foreach (var (type, bytes) in ProxyValues.For(id, tls, Convert.FromHexString(before)))
        {
            ProxyValues.Write(written, type, bytes);
        }

        return Convert.ToHexString(written.ToArray());
    }
}
