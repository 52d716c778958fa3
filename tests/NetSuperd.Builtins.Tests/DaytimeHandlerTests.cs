using System.Text;
using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>RFC 867.</summary>
public sealed class DaytimeHandlerTests
{
    [Theory]
    [InlineData("bsd", "2026-11-27T08:09:10Z", "UTC", "Fri Nov 27 08:09:10 2026")]
    [InlineData("bsd", "2026-03-01T23:09:10Z", "UTC", "Sun Mar  1 23:09:10 2026")]
    [InlineData("bsd", "2026-07-01T23:30:00Z", "Europe/Berlin", "Thu Jul  2 01:30:00 2026")]
    [InlineData("iso", "2026-11-27T08:09:10Z", "UTC", "2026-11-27T08:09:10+00:00")]
    [InlineData("iso", "2026-07-01T23:30:00Z", "Europe/Berlin", "2026-07-02T01:30:00+02:00")]
    [InlineData("iso", "2026-01-01T00:00:00Z", "America/St_Johns", "2025-12-31T20:30:00-03:30")]
    [InlineData("rfc", "2026-11-27T08:09:10Z", "UTC", "Fri, 27 Nov 2026 08:09:10 +0000")]
    [InlineData("rfc", "2026-01-01T00:00:00Z", "America/St_Johns", "Wed, 31 Dec 2025 20:30:00 -0330")]
    public async Task Answer_IsOneLineOfItsFormat(string format, string time, string zone, string expected)
    {
        var handler = new DaytimeHandler(HandlerParts.Service(("format", format))) { Clock = HandlerParts.Clock(time, zone) };
        var connection = new FakeConnection();
        await handler.HandleAsync(connection, TestContext.Current.CancellationToken);

        Assert.Equal(expected + "\r\n", Encoding.ASCII.GetString(connection.Sent));
        Assert.Equal(connection.Sent, Assert.Single(FakeReply.To(handler)));
        Assert.Equal(connection.Sent, Assert.Single(FakeReply.To(handler, new byte[1000])));
    }

    [Fact]
    public void Format_ThatIsAbsent_IsBsd()
    {
        var handler = new DaytimeHandler(HandlerParts.Service()) { Clock = HandlerParts.Clock("2026-11-27T08:09:10Z") };

        Assert.Equal("Fri Nov 27 08:09:10 2026\r\n"u8, Assert.Single(FakeReply.To(handler)));
    }

    [Fact]
    public void Format_OfAnotherWord_IsAComplaint() =>
        Assert.Contains(
            "\"rfc\"", Assert.Throws<SettingsException>(() => new DaytimeHandler(HandlerParts.Service(("format", "gnu")))).Message,
            StringComparison.Ordinal);
}
