using System.Net;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class LinkScopeTests
{
    [Theory]
    [InlineData("lo", 1u)]
    [InlineData("1", 1u)]
    [InlineData("nosuchif0", 0u)]
    [InlineData("4000000000", 0u)]
    [InlineData("99999999999", 0u)]
    [InlineData("", 0u)]
    [InlineData("0", 0u)]
    public void IndexOf_ANameOrANumber_IsTheInterfaceOfNow(string name, uint index) => Assert.Equal(index, NetworkInterfaces.IndexOf(name));

    [Theory]
    [InlineData(1, "lo")]
    [InlineData(4_000_000, "4000000")]
    public void NameOf_WithoutAnInterface_IsTheNumber(long index, string name) => Assert.Equal(name, NetworkInterfaces.NameOf(index));

    [Theory]
    [InlineData("fe80::1%1", "fe80::1%lo")]
    [InlineData("fe80::1%4000000", "fe80::1%4000000")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    public void Text_AnAddress_NamesItsInterface(string address, string text)
    {
        Assert.Equal(text, LinkScope.Text(IPAddress.Parse(address)));
        Assert.Equal(
            text.Contains(':', StringComparison.Ordinal) ? $"[{text}]:7" : $"{text}:7",
            LinkScope.Text(new IPEndPoint(IPAddress.Parse(address), 7)));
    }
}
