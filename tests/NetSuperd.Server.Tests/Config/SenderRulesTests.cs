using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using CsCheck;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Binding;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Config;

/// <summary>The filter of a datagram socket, asked by real datagrams: the kernel judges as the gate does.</summary>
public sealed class SenderRulesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Every address of 127.0.0.0/8 is this host's, so that datagrams can come from all of them.
    private static readonly int[] Lengths = [8, 9, 24, 25, 30, 31, 32];
    private static readonly Gen<PeerRule> Rule = Gen.Select(
        Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 6], (third, last, length) => Network($"127.0.{third}.{last}", Lengths[length]));

    [Fact]
    public void FilterOf_NoRules_IsNone() => Assert.Null(SenderRules.FilterOf(Maps.Admission));

    [Fact]
    public void FilterOf_AnyRules_LetsThroughWhatTheGateAdmits() =>
        Gen.Select(Rule.Array[0, 6].Null(), Rule.Array[0, 6]).Sample(
            (allow, deny) => CheckIp4(allow is null ? null : [.. allow], [.. deny]), iter: 40, threads: 1);

    [Theory]
    [InlineData("::1", 128, true)]
    [InlineData("::", 127, true)]
    [InlineData("::2", 128, false)]
    [InlineData("8000::", 1, false)]
    [InlineData("::1:0:0", 96, false)]
    [InlineData("0:0:0:1::", 64, false)]
    [InlineData("::", 0, true)]
    public void FilterOf_RulesOfIp6_LetsThroughWhatTheGateAdmits(string network, int bits, bool holds)
    {
        var rule = Network(network, bits);
        foreach (var (allow, deny) in ((ImmutableArray<PeerRule>?, ImmutableArray<PeerRule>)[])[([rule], []), (null, [rule]), ([], [])])
        {
            using var receiver = Receiver(IPAddress.IPv6Loopback, Filter(allow, deny));
            var isAdmitted = new PeerRules(allow, deny).Judge(Peer.Of(IPAddress.IPv6Loopback)).Admits;

            Assert.Equal(allow is null ? !holds : holds && !allow.Value.IsEmpty, isAdmitted);
            Assert.Equal(isAdmitted ? ["::1"] : [], Received(receiver, [IPAddress.IPv6Loopback]));
        }
    }

    [Fact]
    public void FilterOf_ASocketOfBothFamilies_JudgesEachByItsOwnRules()
    {
        using var receiver = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
        Filter(null, [Network("127.0.0.1", 32), Network("::2", 128)])!.Lock(receiver);
        receiver.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));

        Assert.Equal(["::ffff:127.0.0.2"], Received(receiver, [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")]));
        Assert.Equal(["::1"], Received(receiver, [IPAddress.IPv6Loopback]));
    }

    [Fact]
    public void FilterOf_ThousandsOfNetworks_IsTakenByTheKernel()
    {
        var deny = Enumerable.Range(0, 600).Select(i => Network($"127.{i / 250}.{i % 250}.1", 32)).ToImmutableArray();
        var filter = Filter(null, deny)!;

        Assert.InRange(filter.Length, 600, SocketFilter.MostInstructions);
        using var receiver = Receiver(IPAddress.Loopback, filter);
        string[] senders = ["127.0.0.1", "127.1.249.1", "127.2.99.1", "127.2.99.2"];
        Assert.Equal(["127.2.99.2"], Received(receiver, [.. senders.Select(IPAddress.Parse)]));
    }

    [Fact]
    public void Lock_AFilter_CannotBeTakenOffOrReplaced()
    {
        var filter = Filter(null, [Network("127.0.0.1", 32)])!;
        using var receiver = Receiver(IPAddress.Loopback, filter);

        Assert.True(SocketFilter.IsOn(receiver, filter));
        Assert.False(SocketFilter.IsOn(receiver, null));
        Assert.Equal(filter, SocketFilter.Of(receiver));
        Assert.False(SocketFilter.Detach(receiver));
        Assert.Equal(Errno.EPERM, Assert.Throws<CallException>(() => filter.Attach(receiver)).Errno);
    }

    private static void CheckIp4(ImmutableArray<PeerRule>? allow, ImmutableArray<PeerRule> deny)
    {
        IPAddress[] senders =
        [
            .. Enumerable.Range(1, 15).Select(i => IPAddress.Parse($"127.0.{i / 4}.{i % 4}")),
            IPAddress.Parse("127.127.255.254"), IPAddress.Parse("127.128.0.0"), IPAddress.Parse("127.255.255.254"),
        ];
        var rules = new PeerRules(allow, deny);
        using var receiver = Receiver(IPAddress.Loopback, Filter(allow, deny));

        Assert.Equal(
            senders.Where(sender => rules.Judge(Peer.Of(sender)).Admits).Select(sender => $"{sender}"), Received(receiver, senders));
    }

    /// <summary>The senders of what arrives, where each has sent one datagram.</summary>
    private static List<string> Received(Socket receiver, IReadOnlyList<IPAddress> senders)
    {
        var (port, received) = (((IPEndPoint)receiver.LocalEndPoint!).Port, new List<string>());
        foreach (var sender in senders)
        {
            using var socket = new Socket(sender.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(sender, 0));
            socket.SendTo("x"u8, new IPEndPoint(sender.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : sender, port));

            // Loopback delivers at once, before the call returns.
            while (receiver.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            {
                EndPoint from = new IPEndPoint(receiver.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
                receiver.ReceiveFrom(new byte[1], ref from);
                received.Add($"{((IPEndPoint)from).Address}");
            }
        }

        return received;
    }

    private static Socket Receiver(IPAddress address, SocketFilter? filter)
    {
        var receiver = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveTimeout = (int)Patience.TotalMilliseconds,
        };
        filter?.Lock(receiver);
        receiver.Bind(new IPEndPoint(address, 0));
        return receiver;
    }

    private static SocketFilter? Filter(ImmutableArray<PeerRule>? allow, ImmutableArray<PeerRule> deny) =>
        SenderRules.FilterOf(Maps.Admission with { Allow = allow, Deny = deny });

    private static PeerRule Network(string address, int bits)
    {
        Span<byte> bytes = stackalloc byte[16];
        IPAddress.Parse(address).TryWriteBytes(bytes, out var length);
        for (var bit = bits; bit < length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        var network = new IPNetwork(new IPAddress(bytes[..length]), bits);
        return new PeerRule($"{network}", Maps.At(1)) { Network = network };
    }
}
