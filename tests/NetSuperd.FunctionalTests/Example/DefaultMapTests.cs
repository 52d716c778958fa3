using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Example;

/// <summary>The worked example, to the letter, against the default map.</summary>
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
        var before = Handled();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(0, (await map.Network.SendAsync("127.0.0.1", "TEST", "2005")).Status);
        }

        await Deadline.UntilAsync(() => Handled() >= before + 5, "five lines for five clients");
        Assert.Equal(before + 5, Handled());
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

    // Other tests of the class run one after the other, so nobody else is handled meanwhile.
    private int Handled() => map.Daemon.Log.Lines.Count(line => line.EndsWith("Handling client 127.0.0.1", StringComparison.Ordinal));
}
