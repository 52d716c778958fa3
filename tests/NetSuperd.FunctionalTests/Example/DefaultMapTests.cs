using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Example;

/// <summary>The worked example, to the letter, against the default map.</summary>
[OnWindows]
public sealed class DefaultMapTests(DefaultMap map) : IClassFixture<DefaultMap>
{
    [Theory]
    [InlineData("2005")]
    [InlineData("7")]
    [InlineData(null)]
    public async Task Send_WordAndPort_PrintsTheTranscript(string? port)
    {
        var sent = await map.Network.SendAsync(["127.0.0.1", "TEST", .. port is null ? [] : new[] { port }]);

        Assert.Equal(new CommandResult(0, "Received: TEST\n", ""), sent);
    }

    [Fact]
    public async Task Custom_EachClient_IsNamedOnceInTheLog()
    {
        var before = Started();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(0, (await map.Network.SendAsync("127.0.0.1", "TEST", "2005")).Status);
        }

        // Clients of other tests may still be in the log's queue: what counts is that there are as many lines as clients.
        await Deadline.UntilAsync(() => Started() >= before + 5 && Started() == Ended(), "the records of five clients");
        Assert.Equal(Started(), Said("Handling client "));
    }

    [Theory]
    [InlineData("2005")]
    [InlineData("7")]
    [InlineData(null)]
    public async Task CClient_OfTheTextbook_IsAnswered(string? port)
    {
        var sent = await map.Network.RunAsync([map.Client, "127.0.0.1", "TEST", .. port is null ? [] : new[] { port }]);

        Assert.Equal(new CommandResult(0, "Received: TEST\n", ""), sent);
    }

    [Fact]
    public async Task CClient_WordLongerThanItsBuffer_IsAnswered()
    {
        var word = string.Concat(Enumerable.Range(0, 5000).Select(i => (char)('a' + (i % 26))));

        var sent = await map.Network.RunAsync(map.Client, "127.0.0.1", word, "2005");

        Assert.Equal(new CommandResult(0, $"Received: {word}\n", ""), sent);
    }

    [Fact]
    public async Task Send_OverIPv6_PrintsTheTranscript()
    {
        var sent = await map.Network.SendAsync("::1", "TEST", "2005");

        Assert.Equal(new CommandResult(0, "Received: TEST\n", ""), sent);
    }

    private int Started() => Said(" of custom from ", " to ");

    private int Ended() => Said(" of custom from ", " closed after ");

    private int Said(params string[] parts) =>
        map.Daemon.Log.Lines.Count(line => parts.All(part => line.Contains(part, StringComparison.Ordinal)));
}
