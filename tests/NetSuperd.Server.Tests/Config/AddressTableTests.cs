using System.Net;
using System.Net.Sockets;
using CsCheck;
using NetSuperd.Server.Config;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server.Tests.Config;

public sealed class AddressTableTests
{
    [Fact]
    public void Find_NetworksInNetworks_IsTheMostSpecific()
    {
        var table = Table("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.0.5.0/24", "10.0.5.7/32", "10.255.0.0/16", "255.255.255.255/32");

        Assert.Equal("0.0.0.0/0", Find(table, "9.255.255.255"));
        Assert.Equal("10.0.0.0/16", Find(table, "10.0.0.0"));
        Assert.Equal("10.0.5.0/24", Find(table, "10.0.5.6"));
        Assert.Equal("10.0.5.7/32", Find(table, "10.0.5.7"));
        Assert.Equal("10.0.5.0/24", Find(table, "10.0.5.8"));
        Assert.Equal("10.0.0.0/16", Find(table, "10.0.6.0"));
        Assert.Equal("10.0.0.0/8", Find(table, "10.1.0.0"));
        Assert.Equal("10.255.0.0/16", Find(table, "10.255.255.255"));
        Assert.Equal("0.0.0.0/0", Find(table, "11.0.0.0"));
        Assert.Equal("255.255.255.255/32", Find(table, "255.255.255.255"));
    }

    [Fact]
    public void Find_NoNetworkAround_IsNull()
    {
        Assert.Null(Find(Table(), "10.0.0.1"));
        var table = Table("10.0.0.0/8", "::/0");
        Assert.Null(Find(table, "9.255.255.255"));
        Assert.Null(Find(table, "11.0.0.0"));
    }

    [Fact]
    public void Find_OfTwoThatAreTheSame_IsTheFirst() => Assert.Equal("a", new AddressTable<string>(
        AddressFamily.InterNetwork, [(IPNetwork.Parse("10.0.0.0/8"), "a"), (IPNetwork.Parse("10.0.0.0/8"), "b")]).Find(10u << 24));

    [Fact]
    public void Find_AnyNetworks_IsWhatLookingAtEachWouldFind() => Gen.Select(
        Gen.Select(Gen.UInt[0, 255], Gen.Int[24, 32]).Array[0, 60], Gen.Bool).Sample((entries, isSix) =>
    {
        // Few addresses and many networks around them, in the last byte.
        var networks = entries.Select(entry => isSix ? Six(entry.Item1, entry.Item2 + 96) : Four(entry.Item1, entry.Item2)).ToList();
        var table = new AddressTable<string>(
            isSix ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, networks.Select(network => (network, $"{network}")));
        for (var last = 0u; last < 256; last++)
        {
            var address = isSix ? Six(last, 128).BaseAddress : Four(last, 32).BaseAddress;
            var expected = networks.Where(network => network.Contains(address))
                .OrderByDescending(network => network.PrefixLength)
                .Select(network => $"{network}")
                .FirstOrDefault();
            Assert.Equal(expected, table.Find(Peer.Of(address).Address));
        }
    });

    [Fact]
    public void Find_AmongTenThousand_TakesNoMemory()
    {
        var table = new AddressTable<string>(AddressFamily.InterNetwork, Enumerable.Range(0, 10_000)
            .Select(i => (new IPNetwork(new IPAddress([10, (byte)(i >> 8), (byte)i, 0]), 24), $"{i}")));
        var address = IPAddress.Parse("10.39.15.200");
        Assert.Equal("9999", table.Find(Peer.Of(address).Address));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _ = table.Find(Peer.Of(address).Address);
        }

        Allocated.NothingForEach(GC.GetAllocatedBytesForCurrentThread() - before, calls: 1000);
    }

    private static IPNetwork Four(uint last, int length) =>
        new(new IPAddress([192, 0, 2, (byte)(last & ~(byte.MaxValue >> (length - 24)))]), length);

    private static IPNetwork Six(uint last, int length) =>
        new(IPAddress.Parse($"2001:db8::{last & ~(byte.MaxValue >> (length - 120)):x}"), length);

    private static AddressTable<string> Table(params string[] networks) =>
        new(AddressFamily.InterNetwork, networks.Select(network => (IPNetwork.Parse(network), network)));

    private static string? Find(AddressTable<string> table, string address) => table.Find(Peer.Of(IPAddress.Parse(address)).Address);
}
