using System.Net;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests.Permit;

/// <summary>Clients of vsock(7) before the gates: each context is a source and a network.</summary>
public sealed class VsockPeerTests
{
    private static readonly SourcePrefix Widest = new(1, 1);

    [Fact]
    public void SourceBy_TwoContexts_AreTwoSources()
    {
        var (three, four) = (Peer.Of(3u).SourceBy(Widest), Peer.Of(4u).SourceBy(Widest));

        Assert.NotEqual(three, four);
        Assert.Equal(three, Peer.Of(new VsockEndPoint(3, 51234), null, []).SourceBy(SourcePrefix.Default));
        Assert.NotEqual(three, Peer.Of(IPAddress.Parse("0.0.0.3")).SourceBy(SourcePrefix.Default));
    }

    [Fact]
    public void Networks_OfAContext_AreItselfAndTheOwnHostIsLoopback()
    {
        Assert.Equal(new Networks(null, new Source(Families.Vsock, 3)), Networks.Of(Peer.Of(3u)));
        Assert.Equal(new Networks(Networks.Loopback, Networks.Host), Networks.Of(Peer.Of(VsockAddress.LocalCid)));
    }

    [Theory]
    [InlineData("vsock:3:51234", 3u)]
    [InlineData("vsock:4294967294:1", 4294967294u)]
    public void Parse_ThePeerOfARecord_IsItsContext(string name, uint cid)
    {
        var peer = Peer.Parse(name)!.Value;

        Assert.Equal((Families.Vsock, (UInt128)cid), (peer.Family, peer.Address));
    }

    [Theory]
    [InlineData("vsock:7001")]
    [InlineData("vsock:x:7001")]
    public void Parse_ANameThatNoClientHas_IsNone(string name) => Assert.Null(Peer.Parse(name));

    [Theory]
    [InlineData("vsock:3", "vsock:7001", "vsock:7001", null)]
    [InlineData("VSOCK:host", "vsock:3:7001", "vsock:7001", "address")]
    [InlineData("vsock:3", "vsock:3:7002", "vsock:3:7002", null)]
    [InlineData("vsock:3", "vsock:7002", "vsock:3:7002", null)]
    public void Explain_AContextAtAVsockSocket_NamesTheEntryAndTheGate(string peer, string socket, string entry, string? refusal)
    {
        var (entries, problem) = Explained(peer, socket);

        Assert.Null(problem);
        Assert.Equal((entry, refusal), entries.Select(found => (found.Port.Entry, found.Refusal)).First());
    }

    [Theory]
    [InlineData("vsock:3", "7001", "a context identifier connects to vsock sockets only; 7001/tcp is a different kind of socket")]
    [InlineData("192.0.2.1", "vsock:7001", "an address connects to IP sockets only; vsock:7001 is a different kind of socket")]
    [InlineData("uid:0", "vsock:7001", "a user connects to unix sockets only; vsock:7001 is a different kind of socket")]
    [InlineData("vsock:3", "vsock:4:7002", "no entry of [ports] answers on vsock:4:7002")]
    [InlineData("vsock:*", "vsock:7001", "'vsock:*' is not a peer")]
    public void Explain_WhatCannotMeet_SaysWhy(string peer, string socket, string problem) =>
        Assert.Contains(problem, Explained(peer, socket).Problem, StringComparison.Ordinal);

    private static (IReadOnlyList<Explanation> Entries, string? Problem) Explained(string peer, string socket)
    {
        var map = MapFiles.LoadText(
            "[ports]\n7001 = \"echo\"\n\"vsock:7001\" = \"it\"\n\"vsock:3:7002\" = \"it\"\n"
            + "[services.it]\nhandler = \"echo\"\nallow = [\"vsock:3\"]\n",
            MapFiles.Plain).Map;
        return Explanation.Of(map, peer, socket, new HashSet<string>(), Hosts.Linux.Names, TimeProvider.System.GetUtcNow());
    }
}
