using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Classic;

/// <summary>The services behind tcpmux when they are limited, paused, changed or stopped.</summary>
public sealed class TcpmuxChangeTests : IAsyncLifetime
{
    private const string NotAvailable = TcpmuxDaemon.NotAvailable;

    private readonly TcpmuxDaemon _mux = new();

    private Daemon Daemon => _mux.Daemon;

    public ValueTask InitializeAsync() => _mux.InitializeAsync();

    public ValueTask DisposeAsync() => _mux.DisposeAsync();

    [Fact]
    public async Task Connection_HasARecordOfEachService()
    {
        using var client = await Daemon.ConnectAsync("mux");
        Assert.Equal("+Go\r\nWORD\n", await client.ExchangeAsync("upper\r\nword\n"));

        var first = await Daemon.WaitForEventAsync("ConnectionEnded", found => found["Service"] == "tcpmux");
        var second = await Daemon.WaitForEventAsync("ChildEnded");
        Assert.Equal(("closed", "7", client.Name), (first["End"], first["BytesReceived"], first["Peer"]));
        Assert.Equal(("upper", "exited", client.Name), (second["Service"], second["End"], second["Peer"]));
    }

    [Fact]
    public async Task Limit_OfTheService_Refuses()
    {
        using var first = await Daemon.ConnectAsync("mux");
        await first.SendAsync("one\r\n");
        Assert.Equal("+Go\r\n", Encoding.ASCII.GetString(await first.ReceiveAsync(5)));

        Assert.Equal(NotAvailable, await _mux.AskAsync("one\r\n"));
        Assert.Equal("service_limit", (await Daemon.WaitForEventAsync("ConnectionRefused"))["Reason"]);

        Assert.Equal("word", await first.ExchangeAsync("word"));
        await Daemon.WaitForEventAsync("ConnectionEnded", found => found["Service"] == "one");
        Assert.Equal("+Go\r\nword", await _mux.AskAsync("one\r\nword"));
    }

    [Fact]
    public async Task Pause_OfTheService_Refuses()
    {
        await Daemon.DoAsync("pause", "upper");
        Assert.Equal("paused", (await Daemon.StatusAsync()).Service("upper").State);
        Assert.Equal(NotAvailable, await _mux.AskAsync("upper\r\nword\n"));
        await Daemon.DoAsync("reload");
        Assert.Equal(NotAvailable, await _mux.AskAsync("upper\r\nword\n"));

        await Daemon.DoAsync("resume", "upper");
        Assert.Equal("+Go\r\nWORD\n", await _mux.AskAsync("upper\r\nword\n"));
    }

    [Fact]
    public async Task Reload_WithoutTheService_RefusesAClientThatHadConnected()
    {
        using var late = await Daemon.ConnectAsync("mux");
        await late.SendAsync("echo");
        Daemon.Edit(map => map.Replace("[\"echo\", \"+upper\"", "[\"+upper\"", StringComparison.Ordinal)
            .Replace("[services.echo]\nhandler = \"echo\"", "", StringComparison.Ordinal)
            .Replace("services = [\"echo\"]", "services = [\"one\"]", StringComparison.Ordinal));
        await Daemon.DoAsync("reload");

        Assert.Equal(NotAvailable, await late.ExchangeAsync("\r\n"));
        Assert.Equal(NotAvailable, await _mux.AskAsync("echo\r\n"));
        Assert.Equal("+Go\r\nword", await _mux.AskAsync("one\r\nword"));
    }

    [Fact]
    public async Task Restart_AClientThatHasNotNamedItsService_IsServed()
    {
        using var handler = await Daemon.ConnectAsync("mux");
        using var child = await Daemon.ConnectAsync("mux");
        await handler.SendAsync("e");
        await child.SendAsync("u");
        await Daemon.RestartAsync();

        Assert.Equal("word", await handler.ExchangeAsync("cho\r\nword"));
        Assert.Equal("+Go\r\nWORD\n", await child.ExchangeAsync("pper\r\nword\n"));
        Assert.Equal("+Go\r\nWORD\n", await _mux.AskAsync("upper\r\nword\n"));
        await Daemon.WaitForEventAsync("LingerOver");
        var end = await Daemon.WaitForEventAsync("ChildEnded", found => found["Peer"] == child.Name);
        Assert.Equal("exited", end["End"]);
    }

    [Fact]
    public async Task Reloads_UnderLoad_LoseNoClient()
    {
        const int Clients = 8, Each = 25;
        var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                Assert.Equal("word", await _mux.AskAsync("echo\r\nword"));
                Assert.Equal("+Go\r\nWORD\n", await _mux.AskAsync("upper\r\nword\n"));
            }
        })).ToList();
        var all = Task.WhenAll(clients);
        for (var i = 0; !all.IsCompleted; i++)
        {
            // Another argument means another plan.
            var (before, after) = i % 2 == 0 ? ("a-z", "[:lower:]") : ("[:lower:]", "a-z");
            Daemon.Edit(map => map.Replace($"\"{before}\"", $"\"{after}\"", StringComparison.Ordinal));
            await Daemon.DoAsync("reload");
        }

        await all;
        Assert.Equal(0, await Daemon.StopAsync());
        Assert.Equal(Clients * Each, Daemon.Events.Count(found => found is { Name: "ChildEnded" } && found["End"] == "exited"));
    }

    [Fact]
    public async Task Stop_WithAClientWithoutAName_IsInOrder()
    {
        using var client = await Daemon.ConnectAsync("mux");
        await client.SendAsync("ech");

        Daemon.Signal(RunningProcess.SIGTERM);

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal(0, await Daemon.ExitAsync());
    }
}
