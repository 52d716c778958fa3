using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Tests;

namespace NetSuperd.Builtins.Tests;

/// <summary>RFC 1413, sentence by sentence, about connections of this process over the loopback.</summary>
public sealed class IdentHandlerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly string[] Another = ["4294967294"];

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public IdentHandlerTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _client.Connect(_listener.LocalEndPoint!);
    }

    private static ConnectionUsers Users { get; } = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Uid => ProcessIdentity.EffectiveUserId.ToString(CultureInfo.InvariantCulture);

    private int Near => ((IPEndPoint)_client.LocalEndPoint!).Port;

    private int Far => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose()
    {
        _client.Dispose();
        _listener.Dispose();
    }

    // "If it exists, the system dependent user identifier of the connection of interest is sent as the reply." Where "OTHER" stands, the
    // identifier is not the "normal" one, which is a login name.
    [Fact]
    public async Task Answer_ByDefault_IsTheNumberOfTheOwner() =>
        Assert.Equal($"{Near},{Far}:USERID:OTHER:{Uid}\r\n", await AskAsync($"{Near},{Far}\r\n"));

    // "Unless OTHER is specified as the operating system type, the server is expected to return the normal user identification of the
    // owner." "N.B. - space characters following the colon separator ARE part of the identifier string."
    [Fact]
    public async Task Answer_User_IsTheLoginName() => Assert.Equal(
        $"{Near},{Far}:USERID:UNIX:{NameService.User(ProcessIdentity.EffectiveUserId)!.Name}\r\n",
        await AskAsync($"{Near},{Far}\r\n", ("answer", "user")));

    // "NO-USER: The connection specified by the port pair is not currently in use or currently not owned by an identifiable entity."
    [Theory]
    [InlineData("uid")]
    [InlineData("user")]
    [InlineData("hidden")]
    public async Task Answer_OfASystemThatTellsNoUsers_IsThatOfAnUnknownPort(string answer) => Assert.Equal(
        $"{Near},{Far}:ERROR:NO-USER\r\n",
        await AskAsync(
            new IdentHandler(HandlerParts.Service(("answer", answer)), new NoConnectionUsers()),
            $"{Near},{Far}\r\n",
            new IPEndPoint(IPAddress.Loopback, 113)));

    // "<port-on-server> is the TCP port on the target (where the ident server is running) system, and <port-on-client> is the TCP port on
    // the source (client) system." This end of the connection is not accepted, so no process owns it.
    [Fact]
    public async Task Ports_InReverse_NameTheOtherEnd()
    {
        Assert.Equal($"{Far},{Near}:ERROR:NO-USER\r\n", await AskAsync($"{Far},{Near}\r\n"));

        using var accepted = await _listener.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
        Assert.Equal($"{Far},{Near}:USERID:OTHER:{Uid}\r\n", await AskAsync($"{Far},{Near}\r\n"));
    }

    // "The local/foreign address pair used to fully specify the connection is taken from the local and foreign address of query
    // connection."
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    [InlineData("127.0.0.2", "127.0.0.1", false)]
    [InlineData("::ffff:127.0.0.1", "::ffff:127.0.0.1", true)]
    [InlineData("::1", "::1", false)]
    public async Task Connections_OfOtherAddresses_AreNotReported(string asked, string client, bool tells)
    {
        var handler = new IdentHandler(HandlerParts.Service(), Users);
        var answer = await AskAsync(handler, $"{Near},{Far}\r\n", new IPEndPoint(IPAddress.Parse(asked), 113), client);

        Assert.Equal($"{Near},{Far}:{(tells ? $"USERID:OTHER:{Uid}" : "ERROR:NO-USER")}\r\n", answer);
    }

    // "NO-USER: The connection specified by the port pair is not currently in use or currently not owned by an identifiable entity."
    [Fact]
    public async Task Connection_ThatDoesNotExist_HasNoUser()
    {
        Assert.Equal($"{Far},1:ERROR:NO-USER\r\n", await AskAsync($"{Far},1\r\n"));

        var (near, far) = (Near, Far);
        _client.Close();
        Assert.Equal($"{near},{far}:ERROR:NO-USER\r\n", await AskAsync($"{near},{far}\r\n"));
    }

    // "INVALID-PORT: this should be returned if either or both of the port ids were out of range (TCP port numbers are from 1-65535),
    // negative integers, reals or in any fashion not recognized as a non-negative integer."
    [Theory]
    [InlineData("0,23", "0,23")]
    [InlineData("23,0", "23,0")]
    [InlineData("65536,23", "65536,23")]
    [InlineData("23,99999", "23,99999")]
    [InlineData("-1,23", "0,23")]
    [InlineData("23,+1", "23,0")]
    [InlineData("1.5,23", "0,23")]
    [InlineData("0x17,23", "0,23")]
    [InlineData("telnet,23", "0,23")]
    [InlineData("000023,23", "0,23")]
    [InlineData("4294967319,23", "0,23")]
    [InlineData("1 2,23", "0,23")]
    [InlineData("23,23,23", "23,0")]
    [InlineData("23\0,23", "0,23")]
    [InlineData("23\r,23", "0,23")]
    [InlineData("23", "23,0")]
    [InlineData(",", "0,0")]
    [InlineData("", "0,0")]
    public async Task Ports_ThatAreNone_AreInvalid(string request, string ports) =>
        Assert.Equal($"{ports}:ERROR:INVALID-PORT\r\n", await AskAsync($"{request}\r\n"));

    // "Servers should accept white space anywhere except within a token", and "should not generate unnecessary white space".
    [Theory]
    [InlineData("{0} , {1}\r\n")]
    [InlineData(" \t {0}\t\t,  {1} \t \r\n")]
    [InlineData("{0},{1}\n")]
    public async Task Requests_WithWhiteSpace_AreAnsweredWithoutIt(string format) => Assert.Equal(
        $"{Near},{Far}:USERID:OTHER:{Uid}\r\n", await AskAsync(string.Format(CultureInfo.InvariantCulture, format, Near, Far)));

    // "HIDDEN-USER: The server was able to identify the user of this port, but the information was not returned at the request of the
    // user."
    [Fact]
    public async Task Users_ThatAreHidden_AreNotNamed()
    {
        var name = NameService.User(ProcessIdentity.EffectiveUserId)!.Name;
        var hidden = $"{Near},{Far}:ERROR:HIDDEN-USER\r\n";

        Assert.Equal(hidden, await AskAsync($"{Near},{Far}\r\n", ("answer", "hidden")));
        Assert.Equal(hidden, await AskAsync($"{Near},{Far}\r\n", ("answer", "user"), ("hide", new[] { name })));
        Assert.Equal(hidden, await AskAsync($"{Near},{Far}\r\n", ("hide", new[] { Uid })));
        Assert.Equal(
            $"{Near},{Far}:USERID:OTHER:{Uid}\r\n", await AskAsync($"{Near},{Far}\r\n", ("hide", Another)));
        Assert.Equal($"{Far},1:ERROR:NO-USER\r\n", await AskAsync($"{Far},1\r\n", ("answer", "hidden")));
    }

    // "Optionally, this code MAY be returned in lieu of any other specific error code. If a server implements such a feature, it MUST be
    // configurable and it MUST default to returning the proper error message."
    [Fact]
    public async Task Answer_Unknown_ReplacesEveryOther() => Assert.Equal(
        $"{Near},{Far}:ERROR:UNKNOWN-ERROR\r\n{Far},1:ERROR:UNKNOWN-ERROR\r\n0,0:ERROR:UNKNOWN-ERROR\r\n",
        await AskAsync($"{Near},{Far}\r\n{Far},1\r\nx\r\n", ("answer", "unknown")));

    // "UNKNOWN-ERROR: Can't determine connection owner; reason unknown." A client of a unix socket has no address.
    [Fact]
    public async Task Client_WithoutAnAddress_GetsAnError() => Assert.Equal(
        $"{Near},{Far}:ERROR:UNKNOWN-ERROR\r\n",
        await AskAsync(new IdentHandler(HandlerParts.Service(), Users), $"{Near},{Far}\r\n", new UnixDomainSocketEndPoint("/ident")));

    // "The server may then either shut the connection down or it may continue to read/respond to multiple queries."
    [Fact]
    public async Task Requests_ByManyOrSingleBytes_AreAllAnswered()
    {
        var connection = new FakeConnection();
        connection.PeerSends(Encoding.ASCII.GetBytes($"{Near},{Far}\r\n0,1\r\n2,"));
        foreach (var letter in "3\r\n")
        {
            connection.PeerSends((byte)letter);
        }

        var serving = new IdentHandler(HandlerParts.Service(), Users).HandleAsync(connection, Cancel);
        await connection.Idle.Task.WaitAsync(Patience, Cancel);

        Assert.Equal(
            $"{Near},{Far}:USERID:OTHER:{Uid}\r\n0,1:ERROR:INVALID-PORT\r\n2,3:ERROR:NO-USER\r\n",
            Encoding.ASCII.GetString(connection.Sent));
        Assert.False(serving.IsCompleted);
        connection.PeerEnds();
        await serving.WaitAsync(Patience, Cancel);
    }

    // "The client may close the connection down at any time." A request without its end may be the beginning of another one.
    [Fact]
    public async Task Request_WithoutItsEnd_IsNotAnswered() => Assert.Equal("", await AskAsync($"{Near},{Far}"));

    // "Any error not covered above should return this error code value."
    [Fact]
    public async Task Line_WithoutAnEnd_IsAnErrorAndTheEnd()
    {
        var connection = new FakeConnection();
        connection.PeerSends(Encoding.ASCII.GetBytes(new string(' ', 990) + "23,1,1,2\r\n"));
        connection.PeerSends(Encoding.ASCII.GetBytes(new string(' ', 1000) + "23,24\r\n"));

        await new IdentHandler(HandlerParts.Service(), Users).HandleAsync(connection, Cancel).WaitAsync(Patience, Cancel);

        Assert.Equal("23,0:ERROR:INVALID-PORT\r\n0,0:ERROR:UNKNOWN-ERROR\r\n", Encoding.ASCII.GetString(connection.Sent));
    }

    // "The server should close the connection down after a configurable amount of time with no queries - a 60-180 second idle timeout is
    // recommended."
    [Theory]
    [InlineData(null, 60)]
    [InlineData("3m", 180)]
    public Task Client_WithoutARequest_IsClosedAfterTheTimeout(string? timeout, int seconds)
    {
        var service = timeout is null ? HandlerParts.Service() : HandlerParts.Service(("timeout", timeout));
        var clock = new FakeTimeProvider();
        return HandlerStop.AssertEndsAfterAsync(
            new IdentHandler(service, Users) { Clock = clock }, clock, TimeSpan.FromSeconds(seconds), "1,");
    }

    [Fact]
    public Task Stop_EndsAClientThatSendsNothing() =>
        HandlerStop.AssertEndsByTheTokenAsync(new IdentHandler(HandlerParts.Service(), Users), new FakeConnection());

    [Theory]
    [InlineData("answer", "name", "\"uid\"")]
    [InlineData("timeout", "500ms", "1s to 1h")]
    [InlineData("timeout", "2h", "1s to 1h")]
    [InlineData("hide", "no-such-user", "does not exist")]
    public void Setting_ThatIsWrong_IsAComplaint(string key, string value, string says)
    {
        object setting = key == "hide" ? new[] { value } : value;

        var complaint = Assert.Throws<SettingsException>(() => new IdentHandler(HandlerParts.Service((key, setting)), Users));
        Assert.Contains(says, complaint.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hidden", "hide")]
    [InlineData("unknown", "hide")]
    [InlineData("hidden", "noident")]
    public void Hide_WhereNoUserIsNamed_IsAComplaint(string answer, string key)
    {
        object setting = key == "hide" ? new[] { Uid } : true;

        var complaint = Assert.Throws<SettingsException>(
            () => new IdentHandler(HandlerParts.Service(("answer", answer), (key, setting)), Users));

        Assert.Contains($"'{key}' has no effect", complaint.Message, StringComparison.Ordinal);
    }

    private static Task<string> AskAsync(string requests, params (string Key, object Value)[] settings) =>
        AskAsync(new IdentHandler(HandlerParts.Service(settings), Users), requests, new IPEndPoint(IPAddress.Loopback, 113));

    private static async Task<string> AskAsync(IdentHandler handler, string requests, EndPoint asked, string client = "127.0.0.1")
    {
        var connection = new FakeConnection { Local = asked, Remote = new IPEndPoint(IPAddress.Parse(client), 50000) };
        connection.PeerSends(Encoding.ASCII.GetBytes(requests));
        connection.PeerEnds();
        await handler.HandleAsync(connection, Cancel).WaitAsync(Patience, Cancel);
        return Encoding.ASCII.GetString(connection.Sent);
    }
}
