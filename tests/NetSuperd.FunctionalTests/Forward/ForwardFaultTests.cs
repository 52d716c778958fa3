using System.Net;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary>A worker that is killed, and a resolver that does not answer.</summary>
public sealed class ForwardFaultTests
{
    [Fact]
    public async Task Worker_ThatIsKilled_LosesBothEndsOfItsConnectionsAndServesAgain()
    {
        using var listener = ForwardDaemon.Listen(new IPEndPoint(IPAddress.Loopback, FreePorts.Next()));
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%forward%" = "forward"
            [services.forward]
            forward = "{listener.LocalEndPoint}"
            """);
        using var client = await daemon.ConnectAsync("forward");
        using var target = await TcpPeer.AcceptAsync(listener);
        await client.SendAsync("half a request");
        await target.ReceiveAsync("half a request".Length);
        var worker = (await daemon.StatusAsync()).Service("forward").Worker!.Pid!.Value;

        await Command.OutputAsync("/bin/kill", "-KILL", $"{worker}");

        await Assert.ThrowsAsync<SocketException>(client.ReceiveToEndAsync);
        Assert.Empty(await target.ReceiveToEndAsync());
        Assert.Equal("worker_lost", (await daemon.WaitForRecordAsync(client.Name)).End["End"]);
        using var next = await daemon.ConnectAsync("forward");
        using var served = await TcpPeer.AcceptAsync(listener);
        await next.SendAsync("word");
        Assert.Equal("word"u8.ToArray(), await served.ReceiveAsync(4));
        Assert.NotEqual(worker, (await daemon.StatusAsync()).Service("forward").Worker!.Pid);
    }

    [Fact]
    public async Task Resolver_ThatIsSilent_CostsTheClientsOfTheNameAlone()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        using var files = new Scratch();
        files.Write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:30\n");
        await using var silent = network.Start("socat", "-d", "-d", "-u", "UDP4-RECVFROM:53,fork", "OPEN:/dev/null,append");
        await silent.Errors.FindAsync(line => line.Contains("receiving on", StringComparison.Ordinal) ? line : null, "the resolver");
        await using var daemon = await Daemon.StartAsync(
            """
            [ports]
            "%dir%/named.sock" = "named"
            "%dir%/numbered.sock" = "numbered"
            "%dir%/echo.sock" = "echo"
            [services.named]
            forward = "db.example.org:5432"
            connect_timeout = "500ms"
            [services.numbered]
            forward = "%dir%/echo.sock"
            """,
            new DaemonSetup
            {
                Through =
                [
                    .. network.Enter, "unshare", "--mount", .. Shell.Through($"mount --bind {files["resolv.conf"]} /etc/resolv.conf"),
                ],
            });

        var waiting = Enumerable.Range(0, 20).Select(async _ =>
        {
            using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["named.sock"]);
            await Record.ExceptionAsync(client.ReceiveToEndAsync);
        }).ToList();
        using var other = await TcpPeer.ConnectUnixAsync(daemon.Scratch["numbered.sock"]);
        Assert.Equal("TEST", await other.TalkAsync("TEST"));

        await Task.WhenAll(waiting);
        await daemon.StatusAsync(status => status.Service("named").Ends.GetValueOrDefault("unreachable") == 20, "each has ended");
        Assert.Equal("TEST", await other.TalkAsync("TEST"));
        await silent.Errors.FindAsync(
            line => line.Contains("receiving packet", StringComparison.Ordinal) ? line : null, "a question to the resolver");
    }
}
