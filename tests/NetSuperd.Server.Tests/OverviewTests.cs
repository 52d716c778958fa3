using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Builtins;
using NetSuperd.Linux;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests;

/// <summary>What an operator sees of a server that serves a map.</summary>
public sealed class OverviewTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly string _socket = $"@netsuperd-overview-{Guid.NewGuid():N}";
    private readonly string _map;
    private readonly Superserver _server;

    public OverviewTests()
    {
        _map = _folder.Write("map.toml", $"[ports]\n\"{_socket}\" = \"echo\"\n");
        var request = new LoadRequest
        {
            Host = new LinuxHost(),
            File = _map,
            ToRun = true,
            IsRoot = false,
            DefaultPlugins = Path.Combine(_folder.Path, "plugins"),
            ExecHelper = "/bin/true",
        };
        Type[] handlers = [typeof(EchoHandler), typeof(DiscardHandler)];
        _server = Superserver.Load(request, handlers, _ => NullLoggerFactory.Instance, TimeProvider.System).Server!;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Assert.Empty(await _server.StartAsync([]));

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(keepPaths: false, CancellationToken.None);
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Status_AfterAReload_IsThatOfTheNewMap()
    {
        var before = _server.Overview.Status();
        File.AppendAllText(_map, $"\"{_socket}-2\" = \"discard\"\n");

        Assert.Empty(await _server.ApplyAsync((await _server.ReadAgainAsync()).Next!));

        var after = _server.Overview.Status();
        Assert.Equal((_map, _map), (before.Config, after.Config));
        Assert.Equal(["echo"], before.Services.Select(service => service.Name));
        Assert.Equal(["echo", "discard"], after.Services.Select(service => service.Name));
        Assert.Equal([_socket, $"{_socket}-2"], after.Sockets.Select(socket => socket.Socket));
        Assert.All(after.Sockets, socket => Assert.Equal("listening", socket.State));
        Assert.Equal(before.Started, before.Applied);
        Assert.Equal(before.Started, after.Started);
        Assert.True(after.Applied > before.Applied);
        Assert.Equal(["echo", "discard"], _server.Overview.Served().Select(socket => socket.Service));
    }

    [Fact]
    public async Task Connections_OfAClient_AreThereUntilItsEnd()
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint("\0" + _socket[1..]), Cancel);
        await client.SendAsync(Encoding.ASCII.GetBytes("x"), Cancel);
        Assert.Equal(1, await client.ReceiveAsync(new byte[1], Cancel).AsTask().WaitAsync(Patience, Cancel));

        var live = Assert.Single(_server.Connections());
        Assert.Equal(("echo", "UNIX", _socket), (live.Service, live.Protocol, live.Local));
        Assert.Equal(1, _server.Overview.Status().Connections);
        Assert.True(_server.Abort(live.Id));
        Assert.False(_server.Abort(live.Id + 1));
        Assert.True(SpinWait.SpinUntil(() => _server.Connections().Count == 0, Patience));
        Assert.Equal(1, Assert.Single(_server.Overview.Status().Services).Ends["aborted"]);
    }

    [Fact]
    public async Task Outlooks_OfAPausedService_SayThatThePeerWaits()
    {
        Assert.Null(Assert.Single(_server.Overview.Outlooks("uid:0", _socket)).Word);
        Assert.Empty(_server.Overview.Outlooks("uid:0", "@nothing"));
        Assert.Empty(_server.Overview.Outlooks("nobody at all", _socket));

        Assert.True(await _server.Services.PauseAsync("echo"));

        var outlook = Assert.Single(_server.Overview.Outlooks("uid:0", _socket));
        Assert.Equal(("paused", true), (outlook.Word, outlook.Waits));
        Assert.Equal("paused", Assert.Single(_server.Overview.Status().Services).State);
    }

    [Theory]
    [InlineData("", "10", 10)]
    [InlineData("", "\"unlimited\"", null)]
    [InlineData("max_connections = 4", "10", 4)]
    [InlineData("max_connections = 4", "3", 3)]
    [InlineData("max_connections = \"unlimited\"", "3", 3)]
    public async Task ServedServices_HaveTheirStatesAndPlaces(string own, string ofDaemon, int? places)
    {
        // The limits of the daemon alone leave a service its default.
        var expected = places is null ? 1000 : (long)places;
        File.AppendAllText(_map, $"""
            "{_socket}-2" = "discard"
            [services.echo]
            handler = "echo"
            {own}
            [services.off]
            handler = "discard"
            enabled = false
            [daemon]
            max_connections = {ofDaemon}
            """);
        Assert.Empty(await _server.ApplyAsync((await _server.ReadAgainAsync()).Next!));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint("\0" + _socket[1..]), Cancel);
        await client.SendAsync(Encoding.ASCII.GetBytes("x"), Cancel);
        Assert.Equal(1, await client.ReceiveAsync(new byte[1], Cancel).AsTask().WaitAsync(Patience, Cancel));
        Assert.True(await _server.Services.PauseAsync("discard"));

        var services = _server.Overview.ServedServices().ToDictionary(service => service.Name);

        Assert.Equal(new ServedService("echo", "echo", "serving", 1, expected, expected - 1), services["echo"]);
        Assert.Equal(("paused", 0), (services["discard"].State, services["discard"].Live));
        Assert.Equal("disabled", services["off"].State);
    }
}
