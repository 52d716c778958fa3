using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>
/// Sockets of vsock(7). Where the kernel can connect to itself, real clients come; where it only has the sockets, they listen; where it has
/// none, the reason is named.
/// </summary>
public sealed class VsockServiceTests
{
    // struct sockaddr_vm of linux/vm_sockets.h: AF_VSOCK, the port and the context, of which 4294967295 is every one.
    private const string Address = "sub at { pack('SSLLx4', 40, 0, @_) } socket(S, 40, 1, 0) or die $!; ";
    private const string Client = Address + "connect(S, at($ARGV[0], 1)) or die $!; ";
    private const string Asking = Client + "syswrite(S, 'TEST'); sysread(S, $_, 100); print;";
    private const string Reading = Client + "print while <S>;";
    private const string Binding = Address + "print bind(S, at(4294967295, $ARGV[0])) ? 'yes' : 'no';";

    private const string Map = """
        [ports]
        "vsock:%it%" = { service = "echo", name = "guests" }
        "vsock::%who%" = "who"
        "VSOCK:any:%wait%" = "wait"
        [services.who]
        exec = ["/usr/bin/perl", "-e", 'print map { "$_=$ENV{$_}\n" } grep { /^(PROTO|VSOCK|REMOTE)/ } sort keys %ENV']
        deny = ["vsock:3"]
        [services.wait]
        exec = ["/usr/bin/perl", "-e", 'open(L, "+<&=0"); accept(C, L); setsockopt(L, 40, 0, pack("Q", 131072)); print C "hello\n"']
        wait = true
        """;

    private enum Kernel
    {
        Without,
        ForOthers,
        ForItself,
    }

    [Fact]
    public async Task Clients_OfVsockSockets_AreServed()
    {
        if (await KernelAsync() != Kernel.ForItself)
        {
            await RefusedAsync();
            return;
        }

        await using var daemon = await Daemon.StartAsync(Map);

        Assert.Equal("TEST", await AskAsync(daemon, Asking, "it"));
        var (start, end) = await RecordAsync(daemon, "echo");
        Assert.Equal(($"vsock:1:{daemon.Port("it")}", "4"), (start["Local"], end["BytesReceived"]));
        Assert.Matches("^vsock:1:[0-9]+$", start["Peer"]);
        var port = start["Peer"].Split(':')[2];
        Assert.NotEqual("0", port);

        var variables = (await AskAsync(daemon, Reading, "who")).Split('\n');
        var peer = (await RecordAsync(daemon, "who")).Start["Peer"].Split(':')[2];
        Assert.Equal(
            [
                "PROTO=VSOCK", "REMOTE_ADDR=vsock:1", "REMOTE_HOST=vsock:1", $"REMOTE_PORT={peer}", "VSOCKLOCALCID=1",
                $"VSOCKLOCALPORT={daemon.Port("who")}", "VSOCKREMOTECID=1", $"VSOCKREMOTEPORT={peer}", "",
            ],
            variables);
        Assert.Equal("hello\n", await AskAsync(daemon, Reading, "wait"));
        await daemon.WaitForEventsAsync("ChildEnded", 2);
        Assert.Equal("hello\n", await AskAsync(daemon, Reading, "wait"));
        await daemon.WaitForEventsAsync("ChildEnded", 3);
        Assert.DoesNotContain(daemon.Events, found => found.Name is "SocketReplaced" or "WaitBackoff");
    }

    [Fact]
    public async Task Client_WhoseContextIsDenied_IsRefused()
    {
        const string Denying = """
            [ports]
            "vsock:%it%" = "it"
            [services.it]
            handler = "echo"
            deny = ["vsock:local"]
            banner_refused = "go away"
            """;
        if (await KernelAsync() == Kernel.Without)
        {
            await RefusedAsync();
            return;
        }

        await using var daemon = await Daemon.StartAsync(Denying);

        var explained = await daemon.AskedAsync("explain", "vsock:1", $"vsock:{daemon.Port("it")}", "--config", daemon.Scratch["map.toml"]);
        Assert.Contains("vsock:1", explained, StringComparison.Ordinal);
        Assert.Contains("refused", explained, StringComparison.Ordinal);
        if (await KernelAsync() == Kernel.ForItself)
        {
            Assert.Equal("go away\r\n", await AskAsync(daemon, Reading, "it"));
            Assert.Equal("address", (await daemon.WaitForEventAsync("ConnectionRefused"))["Reason"]);
        }
    }

    [Fact]
    public async Task Status_OfVsockSockets_ShowsThemThroughReloadAndRestart()
    {
        if (await KernelAsync() == Kernel.Without)
        {
            await RefusedAsync();
            return;
        }

        await using var daemon = await Daemon.StartAsync(Map);
        string[] expected = [OfPort("it"), OfPort("who"), OfPort("wait")];
        Assert.Equal(expected, await SocketsAsync(daemon));

        daemon.Edit(map => map.Replace("\"guests\"", "\"others\", backlog = 7", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal(expected, await SocketsAsync(daemon));
        Assert.Equal(3, daemon.Events.Count(found => found.Name == "Listening"));
        Assert.DoesNotContain(daemon.Events, found => found.Name == "ListenerClosed");

        await daemon.RestartAsync();
        Assert.Equal(expected, await SocketsAsync(daemon));
        Assert.Equal(3, daemon.Events.Count(found => found.Name == "SocketAdopted"));
        if (await KernelAsync() == Kernel.ForItself)
        {
            Assert.Equal("TEST", await AskAsync(daemon, Asking, "it"));
            Assert.Equal("hello\n", await AskAsync(daemon, Reading, "wait"));
        }

        await daemon.StopAllAsync();

        string OfPort(string name) => $"vsock:{daemon.Port(name)} vsock listening";
    }

    [Fact]
    public async Task SecondDaemon_OnTheSamePort_NamesTheReason()
    {
        if (await KernelAsync() == Kernel.Without)
        {
            await RefusedAsync();
            return;
        }

        await using var first = await Daemon.StartAsync("[ports]\n\"vsock:%it%\" = \"echo\"\n");
        await using var second = Daemon.Launch(
            $"[ports]\n\"vsock:{first.Port("it")}\" = \"echo\"\n", new DaemonSetup { Expected = ["StartFailed"] });

        Assert.Equal(71, await second.ExitAsync());
        Assert.Contains(
            $"cannot bind vsock:{first.Port("it")}: address already in use; another socket has the port",
            Assert.Single(second.Events, found => found.Name == "StartFailed")["Reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activation_WithAVsockSocket_TakesItOver()
    {
        const string Activating = "BEGIN { $^F = 9 } " + Address
            + "bind(S, at(4294967295, 4294967295)) or die $!; listen(S, 5); use POSIX; POSIX::dup2(fileno(S), 3); "
            + "@ENV{'LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'} = ($$, 1, 'guests'); exec @ARGV;";
        if (await KernelAsync() == Kernel.Without)
        {
            await RefusedAsync();
            return;
        }

        // The service manager has chosen the port: the name of the entry tells which socket it is.
        await using var daemon = await Daemon.StartAsync(
            "[ports]\n\"vsock:%it%\" = { service = \"echo\", name = \"guests\" }\n",
            new DaemonSetup { Through = ["perl", "-e", Activating] });

        var socket = Assert.Single((await daemon.StatusAsync()).Sockets);
        Assert.Equal(("vsock", "listening"), (socket.Transport, socket.State));
        Assert.NotEqual($"vsock:{daemon.Port("it")}", socket.Socket);
        Assert.Equal(socket.Socket, Assert.Single(daemon.Events, found => found.Name == "SocketAdopted")["Local"]);
    }

    /// <summary>What this kernel cannot serve fails with the reason, and <c>check</c> says it before.</summary>
    private static async Task RefusedAsync()
    {
        var isAbsent = await KernelAsync() == Kernel.Without;
        var reason = isAbsent ? "the kernel of this host has no VSOCK" : "this host does not have the context identifier";
        await using var refused = Daemon.Launch(
            "[ports]\n\"vsock:local:%it%\" = \"echo\"\n", new DaemonSetup { Expected = ["StartFailed"] });

        Assert.Equal(71, await refused.ExitAsync());
        var failure = Assert.Single(refused.Events, found => found.Name == "StartFailed")["Reason"];
        Assert.Contains($"cannot bind vsock:1:{refused.Port("it")}: ", failure, StringComparison.Ordinal);
        Assert.EndsWith(reason, failure, StringComparison.Ordinal);
        var check = await Netsuperd.RunAsync("check", "--config", refused.Scratch["map.toml"]);
        Assert.Equal((0, isAbsent), (check.Status, check.Errors.Contains(reason, StringComparison.Ordinal)));
    }

    private static async Task<Kernel> KernelAsync()
    {
        if (await Command.OutputAsync("perl", "-e", "print socket(S, 40, 1, 0) ? 'yes' : 'no'") == "no")
        {
            return Kernel.Without;
        }

        // Only a kernel that can connect to itself lets a socket be bound to that context.
        return await Command.OutputAsync("perl", "-e", Binding, "1") == "yes" ? Kernel.ForItself : Kernel.ForOthers;
    }

    private static Task<string> AskAsync(Daemon daemon, string client, string port) =>
        Command.OutputAsync("perl", "-e", client, $"{daemon.Port(port)}");

    private static async Task<(LogEvent Start, LogEvent End)> RecordAsync(Daemon daemon, string service)
    {
        var start = await daemon.Log.FindAsync(
            line => LogEvent.Parse(line) is { Id: 6001 or 6003 } found && found["Service"] == service ? found : null,
            $"start record of {service}");
        return (start, await daemon.WaitForEndAsync(start["ConnectionId"]));
    }

    private static async Task<IEnumerable<string>> SocketsAsync(Daemon daemon) =>
        (await daemon.StatusAsync()).Sockets.Select(socket => $"{socket.Socket} {socket.Transport} {socket.State}");
}
