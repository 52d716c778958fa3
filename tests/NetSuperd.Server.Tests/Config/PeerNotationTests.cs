using System.Net;
using System.Net.Sockets;
using CsCheck;
using NetSuperd.Server.Config.Notation;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

public sealed class PeerNotationTests
{
    private static readonly Position Here = new(new SourceText("f", ""), 1, 1);

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("192.0.2.1/32", "192.0.2.1")]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("2001:DB8:0:0::/32", "2001:db8::/32")]
    [InlineData("2001:db8::1/128", "2001:db8::1")]
    [InlineData("::/0", "::/0")]
    [InlineData("::1", "::1")]
    [InlineData("fe80::/10", "fe80::/10")]
    [InlineData("::ffff:0:0:0/96", "::ffff:0:0:0/96")]
    [InlineData("uid:0", "uid:0")]
    [InlineData("uid:root", "uid:0")]
    [InlineData("uid:4294967294", "uid:4294967294")]
    [InlineData("gid:root", "gid:0")]
    [InlineData("vsock:3", "vsock:3")]
    [InlineData("VSOCK:4294967294", "vsock:4294967294")]
    [InlineData("vsock:Host", "vsock:2")]
    [InlineData("vsock:local", "vsock:1")]
    [InlineData("vsock:hypervisor", "vsock:0")]
    [InlineData("vsock:*", "vsock:*")]
    [InlineData("vsock:any", "vsock:*")]
    [InlineData("vsock", "vsock:*")]
    public void Accepts_Notation_InOneNormalForm(string text, string normal)
    {
        var rule = PeerNotation.Read(text, Here, Hosts.Names(), out var problem);

        Assert.Equal("", problem);
        Assert.Equal(normal, rule?.Text);
        Assert.Same(Here, rule?.At);
        Assert.Equal(rule, PeerNotation.Read(normal, Here, Hosts.Names(), out _));
    }

    [Theory]
    [InlineData("10.0.0.1/8", "\"10.0.0.0/8\" or \"10.0.0.1\"")]
    [InlineData("10.0.0.0/255.128.0.0", "/9")]
    [InlineData("::ffff:10.1.2.3/104", "\"10.0.0.0/8\"")]
    [InlineData("192.168.1.*", "\"192.168.1.0/24\"")]
    [InlineData("192.168.", "\"192.168.0.0/16\"")]
    [InlineData("172.16/12", "\"172.16.0.0/12\"")]
    [InlineData("172.17/12", "\"172.16.0.0/12\"")]
    [InlineData("fe80::1%eth0", "'%eth0'")]
    [InlineData("all", "\"0.0.0.0/0\"")]
    [InlineData("example.org", "host names are not looked up")]
    [InlineData("dead-beef", "host names are not looked up")]
    [InlineData("10.0.0.1-10.0.0.9", "ranges")]
    [InlineData("uid:no-such-user", "no user 'no-such-user'")]
    [InlineData("vsock:", "\"vsock:3\", or \"vsock:*\" for every one")]
    [InlineData("vsock:3:51234", "a peer has no port here; write \"vsock:3\"")]
    [InlineData("vsock:4294967295", "'4294967295' is not a context identifier")]
    [InlineData("vsock:03", "'03' is not a context identifier")]
    [InlineData("vsock:guest", "one of the words hypervisor, local and host; write \"vsock:*\" for every one")]
    public void Rejects_WhatOtherProgramsTake_AndSaysWhatToWrite(string text, string hint)
    {
        Assert.Null(PeerNotation.Read(text, Here, Hosts.Names(), out var problem));
        Assert.Contains(hint, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnyPrefix_IsItsNormalFormAndHoldsItsAddress() =>
        Gen.Select(Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]), Gen.Int[0, 128]).Sample((bytes, bits) =>
        {
            var (address, length) = (new IPAddress(bytes), Math.Min(bits, bytes.Length * 8));
            if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.IsIPv4MappedToIPv6)
            {
                return;
            }

            var network = Masked(bytes, length);
            var rule = PeerNotation.Read($"{network}/{length}", Here, Hosts.Names(), out var problem);

            Assert.Equal("", problem);
            Assert.Equal(new System.Net.IPNetwork(network, length), rule!.Network);
            Assert.True(rule.Network!.Value.Contains(address));
            Assert.Equal(rule, PeerNotation.Read(rule.Text, Here, Hosts.Names(), out _));
            Assert.Equal(network.Equals(address), PeerNotation.Read($"{address}/{length}", Here, Hosts.Names(), out _) is not null);
        });

    private static IPAddress Masked(byte[] bytes, int length) =>
        new([.. bytes.Select((part, at) => (byte)(part & (0xff00 >> Math.Clamp(length - (at * 8), 0, 8))))]);
}
