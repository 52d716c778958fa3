using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Notation;

namespace NetSuperd.Server.Tests.Config;

/// <summary>The notation of sockets of vsock(7).</summary>
public sealed class VsockNotationTests
{
    [Theory]
    [InlineData("vsock:7001", "vsock:7001", null)]
    [InlineData("vsock::7001", "vsock:7001", null)]
    [InlineData("vsock:any:7001", "vsock:7001", null)]
    [InlineData("VSock:HOST:7001", "vsock:2:7001", 2u)]
    [InlineData("vsock:local:1", "vsock:1:1", 1u)]
    [InlineData("vsock:hypervisor:7001", "vsock:0:7001", 0u)]
    [InlineData("vsock:3:4294967294", "vsock:3:4294967294", 3u)]
    [InlineData("vsock:4294967294:7001", "vsock:4294967294:7001", 4294967294u)]
    public void Accepts_ASocket_InOneNormalForm(string text, string normal, uint? cid)
    {
        var key = PortNotation.Read(text, Hosts.Names(), out var problem);

        Assert.Equal("", problem);
        Assert.Equal((normal, cid, Transport.Vsock), (key!.Text, key.Cid, key.Transport));
        Assert.Equal(key, PortNotation.Read(normal, Hosts.Names(), out _));
    }

    [Theory]
    [InlineData("vsock:8000-8010", "vsock:8000-8010", 11)]
    [InlineData("vsock:3:9,7-8", "vsock:3:7-9", 3)]
    [InlineData("vsock:4294967290-4294967294,7001", "vsock:7001,4294967290-4294967294", 6)]
    public void Accepts_SeveralPorts_InOneNormalForm(string text, string normal, int sockets)
    {
        var entry = PortNotation.ReadEntry(text, Hosts.Names(), out var problem);

        Assert.Equal("", problem);
        Assert.Equal((normal, sockets), (entry!.Text, entry.Keys.Distinct().Count()));
    }

    [Theory]
    [InlineData("vsock", "a vsock socket needs a port: \"vsock:PORT\"")]
    [InlineData("vsock:", "a vsock socket needs a port: \"vsock:PORT\"")]
    [InlineData("vsock:3:", "a vsock socket needs a port: \"vsock:3:PORT\"")]
    [InlineData("vsock:0", "there is no port 0; ports of a vsock socket are 1 to 4294967294")]
    [InlineData("vsock:4294967295", "there is no port 4294967295; ports of a vsock socket are 1 to 4294967294")]
    [InlineData("vsock:99999999999", "there is no port 99999999999; ports of a vsock socket are 1 to 4294967294")]
    [InlineData("vsock:-1:7001", "'-1' is not a context identifier")]
    [InlineData("vsock:4294967295:7001", "'4294967295' is not a context identifier")]
    [InlineData("vsock:03:7001", "hypervisor, local and host; leave it out for every one of this host")]
    [InlineData("vsock:3:4:7001", "'3:4' is not a context identifier")]
    [InlineData("vsock:guest:7001", "'guest' is not a context identifier")]
    [InlineData("vsock:3:07001", "a port must not begin with 0; write \"vsock:3:7001\"")]
    [InlineData("vsock:ssh", "a vsock socket has the number of a port, from 1 to 4294967294, and 'ssh' is none")]
    [InlineData("vsock:8010-8000", "a range begins with its lowest port; write \"vsock:8000-8010\"")]
    [InlineData("vsock:1-4294967294", "an entry has at most 4096 ports")]
    [InlineData("vsock:7001/stream", "no transport follows its port; write \"vsock:7001\"")]
    [InlineData("vsock:3:7001/udp", "no transport follows its port; write \"vsock:3:7001\"")]
    [InlineData("vsock-seqpacket:3:7001", "only streams of vsock(7) are served, no datagrams and no seqpackets; for a stream, write ")]
    [InlineData("VSOCK-dgram:3:7001", "for a stream, write \"vsock:3:7001\"")]
    [InlineData("vsock-stream::7001", "for a stream, write \"vsock::7001\"")]
    [InlineData("7001/vsock", "write a socket of vsock(7) as \"vsock:7001\"")]
    [InlineData("3:7001/VSOCK", "write a socket of vsock(7) as \"vsock:3:7001\"")]
    public void Rejects_WhatIsNoSocket_AndSaysWhatToWrite(string text, string problem)
    {
        Assert.Null(PortNotation.Read(text, Hosts.Names(), out var found));
        Assert.Contains(problem, found, StringComparison.Ordinal);
    }
}
