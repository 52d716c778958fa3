using System.Net;
using NetSuperd.Linux;
using NetSuperd.Platform;

namespace NetSuperd.Server.Tests;

public sealed class LinkTextTests
{
    [Theory]
    [InlineData("fe80::1%1", "fe80::1%lo")]
    [InlineData("fe80::1%4000000", "fe80::1%4000000")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    public void Of_AnAddress_NamesItsInterface(string address, string text)
    {
        Assert.Equal(text, LinkText.Of(IPAddress.Parse(address), new LinuxNames()));
        Assert.Equal(
            text.Contains(':', StringComparison.Ordinal) ? $"[{text}]:7" : $"{text}:7",
            LinkText.Of(new IPEndPoint(IPAddress.Parse(address), 7), new LinuxNames()));
    }
}
