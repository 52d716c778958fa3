using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Classic;

/// <summary>RFC 1413 from outside: other users, other addresses, real time.</summary>
public sealed class IdentTests : IAsyncLifetime
{
    private const string Map = """
        [ports]
        "%number%" = "number"
        "%name%"   = "name"
        "%hasty%"  = "hasty"

        [services.number]
        handler = "ident"

        [services.name]
        handler  = "ident"
        settings = { answer = "user" }

        [services.hasty]
        handler  = "ident"
        settings = { timeout = "1s" }
        """;

    private Daemon? _daemon;

    private Daemon Daemon => _daemon!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _daemon = await Daemon.StartAsync(Map);

    public ValueTask DisposeAsync() => _daemon?.DisposeAsync() ?? default;

    [Theory]
    [InlineData("127.0.0.1", "65534", "USERID:OTHER:65534", "USERID:UNIX:nobody")]
    [InlineData("::1", "65534", "USERID:OTHER:65534", "USERID:UNIX:nobody")]
    [InlineData("127.0.0.1", "54321", "USERID:OTHER:54321", "ERROR:NO-USER")]
    public async Task Connection_OfAnotherUser_IsThatUsers(string address, string user, string number, string name)
    {
        Privilege.Require("another user");
        using var listener = Listen(address);
        await using var client = RunningProcess.Start(
            "/usr/bin/setpriv",
            [$"--reuid={user}", $"--regid={user}", "--clear-groups", "socat", "-", $"TCP:{listener.LocalEndPoint}"]);
        using var accepted = await AcceptAsync(listener);
        var ports = Ports(accepted.RemoteEndPoint!, accepted.LocalEndPoint!);

        Assert.Equal($"{ports}:{number}\r\n", await AskAsync("number", $"{ports}\r\n", address));
        Assert.Equal($"{ports}:{name}\r\n", await AskAsync("name", $"{ports}\r\n", address));
    }

    [Fact]
    public async Task Connection_OfAnIPv4SocketOfIPv6_IsFound()
    {
        using var listener = Listen("127.0.0.1");
        using var client = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        await client.ConnectAsync(
            new IPEndPoint(IPAddress.Loopback.MapToIPv6(), ((IPEndPoint)listener.LocalEndPoint!).Port), Cancel);
        using var accepted = await AcceptAsync(listener);
        var ports = Ports(accepted.RemoteEndPoint!, accepted.LocalEndPoint!);

        Assert.Equal($"{ports}:USERID:OTHER:{await UidAsync()}\r\n", await AskAsync("number", $"{ports}\r\n"));
    }

    [Fact]
    public async Task Client_OfAnotherAddress_LearnsNothing()
    {
        using var listener = Listen("127.0.0.1");
        using var client = await TcpPeer.ConnectAsync(((IPEndPoint)listener.LocalEndPoint!).Port);
        var ports = Ports(client.Socket.LocalEndPoint!, listener.LocalEndPoint!);

        Assert.Equal($"{ports}:USERID:OTHER:{await UidAsync()}\r\n", await AskAsync("number", $"{ports}\r\n"));
        Assert.Equal($"{ports}:ERROR:NO-USER\r\n", await AskAsync("number", $"{ports}\r\n", "127.0.0.1", "127.0.0.2"));
        Assert.Equal($"{ports}:ERROR:NO-USER\r\n", await AskAsync("number", $"{ports}\r\n", "127.0.0.2", "127.0.0.1"));
    }

    [Fact]
    public async Task Requests_ThousandsOnOneConnection_AreAnsweredInOrder()
    {
        var requests = Enumerable.Range(1, 5000).Select(port => string.Create(CultureInfo.InvariantCulture, $"{port} , 1")).ToList();

        foreach (var service in new[] { "number", "name" })
        {
            var answers = await AskAsync(service, string.Concat(requests.Select(request => request + "\r\n")));
            Assert.Equal(
                requests.Select(request => request.Replace(" ", "", StringComparison.Ordinal)),
                answers.TrimEnd().Split("\r\n").Select(answer => answer.Split(':')[0]));
        }
    }

    [Fact]
    public async Task Requests_AboutOneUser_AreAnsweredByName()
    {
        using var listener = Listen("127.0.0.1");
        using var client = await TcpPeer.ConnectAsync(((IPEndPoint)listener.LocalEndPoint!).Port);
        var ports = Ports(client.Socket.LocalEndPoint!, listener.LocalEndPoint!);
        var name = (await Command.OutputAsync("id", "-un")).TrimEnd();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => AskAsync("name", string.Concat(Enumerable.Repeat($"{ports}\r\n", 20)))));

        Assert.All(answers, answer => Assert.Equal(string.Concat(Enumerable.Repeat($"{ports}:USERID:UNIX:{name}\r\n", 20)), answer));
    }

    [Fact]
    public async Task Client_WithoutARequest_IsClosedInOrder()
    {
        using var client = await Daemon.ConnectAsync("hasty");
        await client.SendAsync("1 , ");

        Assert.Empty(await client.ReceiveToEndAsync());
        var (_, end) = await Daemon.WaitForRecordAsync(client.Name);
        Assert.Equal("ConnectionEnded", end.Name);
    }

    [Fact]
    public async Task Stop_AfterARequest_AnswersIt()
    {
        using var idle = await Daemon.ConnectAsync("number");
        await idle.SendAsync("1,2\r\n");
        Assert.Equal("1,2:ERROR:NO-USER\r\n"u8.ToArray(), await idle.ReceiveAsync(19));

        Daemon.Signal(RunningProcess.SIGTERM);

        Assert.Empty(await idle.ReceiveToEndAsync());
        Assert.Equal(0, await Daemon.ExitAsync());
    }

    [Fact]
    public async Task User_WithAFileOfThatName_IsHidden()
    {
        Privilege.Require("mount(2)");
        const string Home = "home/.noident";
        var uid = await UidAsync();
        await using var daemon = await Daemon.StartAsync(
            """
            [ports]
            "127.0.0.1:%number%" = "number"
            "127.0.0.1:%name%"   = "name"
            [services.number]
            handler  = "ident"
            settings = { noident = true }
            [services.name]
            handler  = "ident"
            settings = { answer = "user", noident = true }
            """,
            new DaemonSetup
            {
                Through = ["unshare", "--mount", "/bin/sh", "-c", "mount --bind passwd /etc/passwd && exec \"$0\" \"$@\""],
                Prepare = scratch => scratch.Write("passwd", $"somebody:x:{uid}:0::{scratch["home"]}:/bin/sh\n"),
            });
        using var listener = Listen("127.0.0.1");
        using var client = await TcpPeer.ConnectAsync(((IPEndPoint)listener.LocalEndPoint!).Port);
        var ports = Ports(client.Socket.LocalEndPoint!, listener.LocalEndPoint!);
        await AnswersAsync($"USERID:OTHER:{uid}", "USERID:UNIX:somebody");

        Directory.CreateDirectory(daemon.Scratch["home"]);
        await AnswersAsync($"USERID:OTHER:{uid}", "USERID:UNIX:somebody");

        // A link that leads nowhere counts, since following it would tell what is elsewhere.
        File.CreateSymbolicLink(daemon.Scratch[Home], "/nonexistent");
        await AnswersAsync("ERROR:HIDDEN-USER", "ERROR:HIDDEN-USER");

        File.Delete(daemon.Scratch[Home]);
        await Command.OutputAsync("mkfifo", daemon.Scratch[Home]);
        await AnswersAsync("ERROR:HIDDEN-USER", "ERROR:HIDDEN-USER");

        async Task AnswersAsync(string number, string name)
        {
            using var first = await daemon.ConnectAsync("number");
            using var second = await daemon.ConnectAsync("name");
            Assert.Equal($"{ports}:{number}\r\n", await first.ExchangeAsync($"{ports}\r\n"));
            Assert.Equal($"{ports}:{name}\r\n", await second.ExchangeAsync($"{ports}\r\n"));
        }
    }

    private static Socket Listen(string address)
    {
        var listener = new Socket(IPAddress.Parse(address).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        listener.Listen();
        return listener;
    }

    private static Task<Socket> AcceptAsync(Socket listener) => listener.AcceptAsync().WaitAsync(Deadline.Default);

    private static string Ports(EndPoint near, EndPoint far) =>
        string.Create(CultureInfo.InvariantCulture, $"{((IPEndPoint)near).Port},{((IPEndPoint)far).Port}");

    private static async Task<string> UidAsync() => (await Command.OutputAsync("id", "-u")).TrimEnd();

    private async Task<string> AskAsync(string service, string requests, string address = "127.0.0.1", string? from = null)
    {
        using var client = await TcpPeer.ConnectAsync(Daemon.Port(service), address, from);
        return await client.ExchangeAsync(requests);
    }
}
