using System.Text;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>RFC 1078, sentence by sentence.</summary>
public sealed class TcpmuxHandlerTests
{
    private const string NotAvailable = "-Service not available\r\n";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string[] Services = ["Finger", "+time", "gone"];

    private readonly FakeSwitch _switch = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // "It sends the service name followed by a carriage-return line-feed <CRLF>." "The service name is never case sensitive."
    [Theory]
    [InlineData("Finger\r\n", "Finger")]
    [InlineData("FINGER\r\n", "Finger")]
    [InlineData("finger\n", "Finger")]
    [InlineData("time\r\n", "time")]
    public async Task Name_OfAListedService_PassesTheConnection(string request, string service)
    {
        Assert.Equal("", await AskAsync(request));
        Assert.Equal(service, _switch.Service);
    }

    // "The server replies with a single character indicating positive ("+") or negative ("-") acknowledgment, immediately followed by an
    // optional message of explanation, terminated with a <CRLF>. If the reply was positive, the selected protocol begins". A service
    // without + in the settings replies itself.
    [Theory]
    [InlineData("time\r\n", "+Go\r\n")]
    [InlineData("finger\r\n", "")]
    public async Task Reply_IsTheDaemonsWhereTheSettingsHaveAPlus(string request, string greeting)
    {
        await AskAsync(request);

        Assert.Equal((greeting, "-Service not available"), (_switch.Greeting, _switch.Refusal));
    }

    // "otherwise the connection is closed."
    [Theory]
    [InlineData("smtp\r\n")]
    [InlineData("+time\r\n")]
    [InlineData(" time\r\n")]
    [InlineData("time \r\n")]
    [InlineData("time\r\r\n")]
    [InlineData("time\0\r\n")]
    [InlineData("\r\n")]
    [InlineData("\n")]
    public async Task Name_OfNoListedService_IsRefused(string request)
    {
        Assert.Equal(NotAvailable, await AskAsync(request));
        Assert.Null(_switch.Service);
    }

    [Fact]
    public async Task Service_ThatIsNotServedNow_IsRefused()
    {
        _switch.Has = false;

        Assert.Equal(NotAvailable, await AskAsync("gone\r\n"));
        Assert.Equal("gone", _switch.Service);
    }

    // "If the client sends "HELP" the server should output a multi-line message and then close the connection" with the names, one on each
    // line.
    [Theory]
    [InlineData("help\r\n")]
    [InlineData("HELP\n")]
    public async Task Help_ListsTheServices(string request) => Assert.Equal("Finger\r\ntime\r\ngone\r\n", await AskAsync(request));

    // What the client sends after the line belongs to the service.
    [Fact]
    public async Task Bytes_AfterTheName_AreNotReceived()
    {
        var connection = new FakeConnection();
        foreach (var part in new[] { "ti", "me\r", "\nrest" })
        {
            connection.PeerSends(Encoding.ASCII.GetBytes(part));
        }

        await Handler().HandleAsync(connection, Cancel).WaitAsync(Patience, Cancel);

        var rest = new byte[10];
        Assert.Equal("time", _switch.Service);
        Assert.Equal("rest", Encoding.ASCII.GetString(rest, 0, await connection.ReceiveAsync(rest, Cancel)));
    }

    [Theory]
    [InlineData(256, "\r\n", NotAvailable)]
    [InlineData(257, "\r\n", NotAvailable)]
    [InlineData(100_000, "", NotAvailable)]
    [InlineData(10, "", "")]
    public async Task Line_WithoutAnEnd_IsNoService(int length, string end, string reply) =>
        Assert.Equal(reply, await AskAsync(new string('a', length) + end));

    [Theory]
    [InlineData(null, 60)]
    [InlineData("3m", 180)]
    public Task Client_WithoutAName_IsClosedAfterTheTimeout(string? timeout, int seconds)
    {
        var clock = new FakeTimeProvider();
        return HandlerStop.AssertEndsAfterAsync(Handler(clock, timeout), clock, TimeSpan.FromSeconds(seconds), "ti");
    }

    [Fact]
    public Task Stop_EndsAClientWithoutAName() => HandlerStop.AssertEndsByTheTokenAsync(Handler(), new FakeConnection());

    [Theory]
    [InlineData(new string[0], null, "must list the services")]
    [InlineData(new[] { "a", "+A" }, null, "lists 'A' twice")]
    [InlineData(new[] { "Help" }, null, "RFC 1078")]
    [InlineData(new[] { "a" }, "500ms", "1s to 1h")]
    [InlineData(new[] { "a" }, "2h", "1s to 1h")]
    public void Setting_ThatIsWrong_IsAComplaint(string[] services, string? timeout, string says) => Assert.Contains(
        says, Assert.Throws<SettingsException>(() => Handler(TimeProvider.System, timeout, services)).Message, StringComparison.Ordinal);

    private TcpmuxHandler Handler(TimeProvider? clock = null, string? timeout = null, string[]? services = null)
    {
        var info = timeout is null
            ? HandlerParts.Service(("services", services ?? Services))
            : HandlerParts.Service(("services", services ?? Services), ("timeout", timeout));
        return new TcpmuxHandler(info, _switch) { Clock = clock ?? TimeProvider.System };
    }

    private async Task<string> AskAsync(string request)
    {
        var connection = new FakeConnection();
        connection.PeerSends(Encoding.ASCII.GetBytes(request));
        connection.PeerEnds();
        await Handler().HandleAsync(connection, Cancel).WaitAsync(Patience, Cancel);
        return Encoding.ASCII.GetString(connection.Sent);
    }

    /// <summary>Notes what it gets.</summary>
    private sealed class FakeSwitch : IServiceSwitch
    {
        public bool Has { get; set; } = true;

        public string? Service { get; private set; }

        public string? Greeting { get; private set; }

        public string? Refusal { get; private set; }

        public bool Pass(StreamConnection connection, string service, ReadOnlyMemory<byte> greeting = default, string? refusal = null)
        {
            (Service, Greeting, Refusal) = (service, Encoding.ASCII.GetString(greeting.Span), refusal);
            return Has;
        }
    }
}
