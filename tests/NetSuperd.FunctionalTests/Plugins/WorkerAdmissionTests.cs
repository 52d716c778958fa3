using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Which clients come to a worker: the daemon judges them, and another service may pass them on.</summary>
public sealed class WorkerAdmissionTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Fact]
    public async Task Clients_OfAWorker_AreAdmittedByTheDaemonAndPassedByAnotherService()
    {
        await using var daemon = await WorkerDaemon.StartAsync(
            plugins,
            """
            [services.one]
            handler = "obeys"
            worker = "own"
            max_connections = 1
            at_limit = "refuse"
            banner_refused = "come back later"
            [services.closed]
            handler = "obeys"
            worker = "own"
            deny = ["127.0.0.0/8"]
            banner_refused = "not for you"
            [services.mux]
            handler = "tcpmux"
            settings = { services = ["+one", "+closed"] }
            """,
            "1s");
        using var client = await daemon.ConnectAsync("mux");
        await client.SendAsync("one\r\n");
        Assert.Equal("+Go\r\n"u8.ToArray(), await client.ReceiveAsync(5));
        using var passed = ObedientPeer.Of(client);
        Assert.Equal("hello", await passed.AskAsync("greeting"));
        Assert.NotEqual(daemon.Pid, await passed.PidAsync());
        var ends = await passed.AskAsync("ends");
        Assert.StartsWith($"{client.Name} {client.Server} ", ends, StringComparison.Ordinal);
        Assert.EndsWith(" one", ends, StringComparison.Ordinal);

        await AssertRefusedAsync(daemon, "one", "come back later\r\n", "service_limit");
        await AssertRefusedAsync(daemon, "closed", "not for you\r\n", "address");

        // The place is free again when the worker has ended the connection.
        client.Finish();
        Assert.Equal("", await client.ReadToEndAsync());
        await daemon.WaitForEventAsync("ConnectionEnded", found => found["Peer"] == client.Name && found["Service"] == "one");
        using var next = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.Equal("hello", await next.AskAsync("greeting"));
    }

    private static async Task AssertRefusedAsync(Daemon daemon, string service, string banner, string reason)
    {
        using var client = await daemon.ConnectAsync(service);
        Assert.Equal(banner, await client.ReadToEndAsync());
        Assert.Equal(reason, (await daemon.WaitForEventAsync("ConnectionRefused", found => found["Peer"] == client.Name))["Reason"]);
    }
}
