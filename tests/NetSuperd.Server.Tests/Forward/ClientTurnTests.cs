using System.Net;
using NetSuperd.Server.Config;
using NetSuperd.Linux.Forward;

namespace NetSuperd.Server.Tests.Forward;

/// <summary>Which target is tried first, and which ones are tried after it.</summary>
public sealed class ClientTurnTests
{
    private static readonly string[] Three = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"];

    [Fact]
    public void First_EveryClient_TriesThemInTheOrderOfTheMap() =>
        Assert.Equal(Three, new ClientTurn(Balance.First, 7, Client(1)).Order(Three));

    [Fact]
    public void RoundRobin_OneClientAfterTheOther_BeginsWithTheNextTarget()
    {
        string[][] orders = [.. Enumerable.Range(0, 4).Select(number =>
            new ClientTurn(Balance.RoundRobin, number, Client(1)).Order(Three).ToArray())];

        Assert.Equal([Three[0], Three[1], Three[2], Three[0]], orders.Select(order => order[0]));
        Assert.Equal([Three[2], Three[0], Three[1]], orders[2]);
    }

    [Fact]
    public void RoundRobin_AddressesOfATarget_HaveTheirTurnsToo() =>
        Assert.Equal(
            ["a", "a", "b", "b"],
            Enumerable.Range(0, 4).Select(number => new ClientTurn(Balance.RoundRobin, number, Client(1)).Within(2).Order(["a", "b"])[0]));

    [Fact]
    public void Source_TheSameAddress_GetsTheSameTargetFromEveryPort() =>
        Assert.Single(Enumerable.Range(1, 50).Select(port =>
            new ClientTurn(Balance.Source, port, Client(9, port)).Order(Three)[0]).Distinct());

    [Fact]
    public void Source_ManyAddresses_AreSharedOut()
    {
        var counts = Enumerable.Range(0, 3000).GroupBy(i => First(Three, i)).ToDictionary(found => found.Key, found => found.Count());

        Assert.All(Three, target => Assert.InRange(counts[target], 850, 1150));
    }

    [Fact]
    public void Source_ATargetThatIsGone_LeavesTheClientsOfTheOthersInPlace()
    {
        string[] two = [Three[0], Three[2]];

        Assert.All(
            Enumerable.Range(0, 300).Where(i => First(Three, i) != Three[1]),
            i => Assert.Equal(First(Three, i), First(two, i)));
    }

    private static string First(string[] targets, int client) => new ClientTurn(Balance.Source, 0, Client(client)).Order(targets)[0];

    private static IPEndPoint Client(int number, int port = 4711) =>
        new(new IPAddress([192, 0, (byte)(number >> 8), (byte)number]), port);
}
