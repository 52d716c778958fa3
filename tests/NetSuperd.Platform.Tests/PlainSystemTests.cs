using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Builtins;
using NetSuperd.Server;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Systems;

namespace NetSuperd.Platform.Tests;

/// <summary>The engine on a system that it has never seen: it asks for what is in Platform and in Host, and for nothing else.</summary>
public sealed class PlainSystemTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("netsuperd-").FullName;
    private readonly int _port = FreePorts.Next();
    private Superserver? _server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IPEndPoint End => new(IPAddress.Loopback, _port);

    private string Map => Path.Combine(_folder, "map.toml");

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.StopAsync(keepPaths: false, CancellationToken.None);
            await _server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    public async Task Echo_OfAConnection_ComesBackUntilTheClientEnds(string address)
    {
        await ServeAsync($"[ports]\n\"{address}:{_port}\" = \"echo\"\n");
        var end = IPEndPoint.Parse($"{address}:{_port}");
        for (var i = 0; i < 3; i++)
        {
            using var client = await ConnectAsync(end);
            var sent = new byte[1_000_000];
            new Random(i).NextBytes(sent);
            var sending = client.SendAsync(sent, Cancel).AsTask();
            Assert.Equal(sent, await ReadAsync(client, sent.Length));
            await sending;
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await client.ReceiveAsync(new byte[1], Cancel).AsTask().WaitAsync(Patience, Cancel));
        }

        await Waiting.UntilAsync(() => Served() == 3, "all ends are counted");
    }

    [Fact]
    public async Task Echo_OfADatagram_ComesBack()
    {
        await ServeAsync($"[ports]\n\"127.0.0.1:{_port}/udp\" = \"echo\"\n");
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(End, Cancel);
        await client.SendAsync("hello"u8.ToArray(), Cancel);

        Assert.Equal("hello"u8.ToArray(), await ReadAsync(client, 5));
    }

    [Fact]
    public async Task Gates_OfAService_ClosePeersThatAreDenied()
    {
        await ServeAsync($"[services.echo]\nhandler = \"echo\"\ndeny = [\"127.0.0.1\"]\n[ports]\n\"127.0.0.1:{_port}\" = \"echo\"\n");
        using var client = await ConnectAsync(End);

        Assert.Equal(0, await ReceivedAsync(client));
        Assert.Equal(0, Served());
    }

    [Fact]
    public async Task Reload_KeepsTheSocketAndServesTheNewMap()
    {
        await ServeAsync($"[ports]\n\"127.0.0.1:{_port}\" = \"echo\"\n");
        using var before = await ConnectAsync(End);
        await File.WriteAllTextAsync(Map, $"[ports]\n\"127.0.0.1:{_port}\" = \"discard\"\n", Cancel);

        Assert.Empty(await _server!.ApplyAsync((await _server.ReadAgainAsync()).Next!));

        await before.SendAsync("old"u8.ToArray(), Cancel);
        Assert.Equal("old"u8.ToArray(), await ReadAsync(before, 3));
        using var after = await ConnectAsync(End);
        await after.SendAsync("new"u8.ToArray(), Cancel);
        after.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await ReceivedAsync(after));
    }

    [Fact]
    public void Check_OfWhatTheSystemHasNot_IsAnErrorAtItsLine()
    {
        File.WriteAllText(Map, "[services.app]\nexec = \"/bin/true\"\n[ports]\n\"/run/echo.sock\" = \"echo\"\n");

        var problems = Load().Loaded.Problems;

        Assert.Contains(problems, problem => problem.ToString().Contains("map.toml:2:1", StringComparison.Ordinal)
            && problem.ToString().Contains("this system starts no children", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.ToString().Contains("map.toml:4:1", StringComparison.Ordinal)
            && problem.ToString().Contains("this system has no unix sockets", StringComparison.Ordinal));
    }

    private async Task ServeAsync(string map)
    {
        await File.WriteAllTextAsync(Map, map, Cancel);
        var (loaded, server) = Load();
        Assert.Empty(loaded.Problems);
        _server = server!;
        Assert.Empty(await _server.StartAsync([]));
    }

    private (LoadResult Loaded, Superserver? Server) Load() => Superserver.Load(
        new LoadRequest
        {
            Host = new PlainHost(),
            File = Map,
            ToRun = true,
            IsRoot = false,
            DefaultPlugins = Path.Combine(_folder, "plugins"),
            ExecHelper = "none",
        },
        [typeof(EchoHandler), typeof(DiscardHandler)],
        _ => NullLoggerFactory.Instance,
        TimeProvider.System);

    private long Served() => _server!.Overview.Status().Services.Single().Ends.GetValueOrDefault("closed");

    private static async Task<Socket> ConnectAsync(IPEndPoint end)
    {
        var client = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(end, Cancel).AsTask().WaitAsync(Patience, Cancel);
        return client;
    }

    private static async Task<byte[]> ReadAsync(Socket client, int count)
    {
        var buffer = new byte[count];
        for (var at = 0; at < count;)
        {
            var more = await client.ReceiveAsync(buffer.AsMemory(at), Cancel).AsTask().WaitAsync(Patience, Cancel);
            Assert.True(more > 0);
            at += more;
        }

        return buffer;
    }

    private static async Task<int> ReceivedAsync(Socket client)
    {
        try
        {
            return await client.ReceiveAsync(new byte[1], Cancel).AsTask().WaitAsync(Patience, Cancel);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }
}
