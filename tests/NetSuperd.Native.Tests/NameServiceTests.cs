using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class NameServiceTests
{
    [Theory]
    [InlineData("echo", "tcp", 7)]
    [InlineData("domain", "udp", 53)]
    [InlineData("www", "tcp", 80)]
    [InlineData("no-such-service", "tcp", null)]
    [InlineData("echo", "no-such-protocol", null)]
    [InlineData("echo\0", "tcp", null)]
    public void ServicePort_Name_IsThatOfServices(string name, string protocol, int? port) =>
        Assert.Equal(port, NameService.ServicePort(name, protocol));

    [Theory]
    [InlineData("icmp", 1)]
    [InlineData("IPv6-ICMP", 58)]
    [InlineData("ospf", 89)]
    [InlineData("no-such-protocol", null)]
    [InlineData("icmp\0", null)]
    public void ProtocolNumber_Name_IsThatOfProtocols(string name, int? number) => Assert.Equal(number, NameService.ProtocolNumber(name));

    [Fact]
    public void UserId_Name_IsThatOfPasswd()
    {
        Assert.Equal(0u, NameService.UserId("root"));
        Assert.Null(NameService.UserId("no-such-user"));
        Assert.Null(NameService.UserId("root\0"));
    }

    [Fact]
    public void GroupId_Name_IsThatOfGroup()
    {
        Assert.Equal(0u, NameService.GroupId("root"));
        Assert.Null(NameService.GroupId("no-such-group"));
    }

    [Fact]
    public void User_Root_IsThatOfPasswd()
    {
        var line = File.ReadLines("/etc/passwd").Select(text => text.Split(':')).First(fields => fields[0] == "root");

        Assert.Equal(new UserEntry("root", 0, uint.Parse(line[3], null), line[5], line[6]), NameService.User(0));
        Assert.Null(NameService.User(4_294_967_290));
    }

    [Fact]
    public async Task ServicePort_AskedByManyThreads_AnswersEach()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(index => Task.Run(
            () =>
                Enumerable.Range(0, 200)
                    .All(_ => NameService.ServicePort(index % 2 == 0 ? "echo" : "discard", "tcp") == (index % 2 == 0 ? 7 : 9)),
            TestContext.Current.CancellationToken)));

        Assert.All(answers, Assert.True);
    }
}
