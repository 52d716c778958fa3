using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>RFC 868.</summary>
public sealed class TimeHandlerTests
{
    // The examples of RFC 868, and the end of the era.
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 2_208_988_800)]
    [InlineData("1976-01-01T00:00:00Z", 2_398_291_200)]
    [InlineData("1980-01-01T00:00:00Z", 2_524_521_600)]
    [InlineData("1983-05-01T00:00:00Z", 2_629_584_000)]
    [InlineData("2036-02-07T06:28:15Z", 4_294_967_295)]
    [InlineData("2036-02-07T06:28:16Z", 0)]
    [InlineData("2036-02-07T06:28:17Z", 1)]
    [InlineData("2100-01-01T00:00:00Z", 2_016_466_304)]
    public async Task Answer_IsTheSecondsSince1900InFourBytes(string time, uint expected)
    {
        var handler = new TimeHandler { Clock = HandlerParts.Clock(time) };
        var connection = new FakeConnection();
        await handler.HandleAsync(connection, TestContext.Current.CancellationToken);
        byte[] bytes = [(byte)(expected >> 24), (byte)(expected >> 16), (byte)(expected >> 8), (byte)expected];

        Assert.Equal(bytes, connection.Sent);
        Assert.Equal(bytes, Assert.Single(FakeReply.To(handler)));
        Assert.Equal(bytes, Assert.Single(FakeReply.To(handler, new byte[1000])));
    }
}
