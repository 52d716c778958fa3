using System.Text;
using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Permit;

namespace NetSuperd.FunctionalTests.Classic;

/// <summary>The classic services by UDP: any datagram is asked with, and no answer is more than was asked for.</summary>
[OnWindows]
public sealed class ClassicDatagramTests(ClassicDaemon classic) : IClassFixture<ClassicDaemon>
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    private Daemon Daemon => classic.Daemon;

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(65_507)]
    public async Task Echo_OfEveryLength_IsSentBack(int length)
    {
        using var client = Client("echo");
        var data = new byte[length];
        Random.Shared.NextBytes(data);

        Assert.Equal(data, await client.AskAsync(data));
    }

    [Fact]
    public async Task Discard_IsCountedAndNotAnswered()
    {
        using var client = Client("discard");
        client.Send([]);
        client.Send(new byte[65_507]);

        var counted = await Counted.UntilAsync(Daemon, "discard", found => found.Datagrams("received") == 2, "both");
        Assert.Equal((0, 0), (counted.Datagrams("answered"), counted.Datagrams("refused")));
        Assert.False(client.HasAnswer);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(2000)]
    public async Task Chargen_Answer_IsNeverLongerThanAskedNorThan512(int asked)
    {
        using var client = Client("chargen");
        for (var i = 0; i < 50; i++)
        {
            Assert.InRange((await client.AskAsync(new byte[asked])).Length, 0, Math.Min(asked, 512));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task Time_AnyDatagram_IsAnsweredByFourBytes(int asked)
    {
        using var client = Client("time");
        var bytes = await client.AskAsync(new byte[asked]);

        Assert.Equal(4, bytes.Length);
        Assert.InRange((DateTime.UtcNow - ClassicStreamTests.TimeOf(bytes)).Duration(), TimeSpan.Zero, Tolerance);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task Daytime_AnyDatagram_IsAnsweredByOneLine(int asked)
    {
        using var client = Client("daytime");

        Assert.Equal(26, (await client.AskAsync(new byte[asked])).Length);
    }

    [Fact]
    public async Task Qotd_Answer_IsNoLongerThanAskedOrThan64()
    {
        using var client = Client("qotd");
        for (var i = 0; i < 50; i++)
        {
            Assert.InRange((await client.AskAsync([])).Length, 1, 64);
        }
    }

    [Theory]
    [InlineData("systat")]
    [InlineData("netstat")]
    public async Task List_Answer_IsWholeLinesNoLongerThanAsked(string service)
    {
        using var client = Client(service);
        Assert.Empty(await client.AskAsync([]));
        foreach (var asked in new[] { 100, 200, 1000 })
        {
            var answer = Encoding.ASCII.GetString(await client.AskAsync(new byte[asked]));
            Assert.InRange(answer.Length, 0, asked);
            Assert.True(answer.Length == 0 || answer.EndsWith("\r\n", StringComparison.Ordinal));
            Assert.True(service == "systat" || answer.Length > 0);
        }
    }

    private DatagramPeer Client(string service) => DatagramPeer.Of(Daemon.Port(service));
}
