using System.Net;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>All sockets of the map or none.</summary>
public sealed class BindFailureTests
{
    [Fact]
    public async Task BusyPort_AtTheStart_IsNamedWithItsHolderAndNothingIsBound()
    {
        using var holder = Holder();
        var busy = ((IPEndPoint)holder.LocalEndPoint!).Port;
        await using var daemon = Daemon.Launch($"""
            [ports]
            %before% = "echo"
            "127.0.0.1:{busy}" = "echo"
            %after% = "echo"
            "%dir%/echo.sock" = "echo"
            """, new DaemonSetup { Expected = ["StartFailed"] });

        Assert.Equal(71, await daemon.ExitAsync());
        var reason = Assert.Single(daemon.Events, found => found.Name == "StartFailed")["Reason"];
        Assert.Contains($"127.0.0.1:{busy}", reason, StringComparison.Ordinal);
        Assert.Contains($"(pid {Environment.ProcessId})", reason, StringComparison.Ordinal);
        Assert.DoesNotContain(daemon.Events, found => found.Name is "Started" or "Listening");
        Assert.False(File.Exists(daemon.Scratch["echo.sock"]));
    }

    [OnWindows]
    [Fact]
    public async Task BusyPorts_Several_AreAllNamed()
    {
        using var first = Holder();
        using var second = Holder();
        var ports = new[] { first, second }.Select(holder => ((IPEndPoint)holder.LocalEndPoint!).Port).ToArray();
        await using var daemon = Daemon.Launch($"""
            [ports]
            "127.0.0.1:{ports[0]}" = "echo"
            "127.0.0.1:{ports[1]}" = "echo"
            """, new DaemonSetup { Expected = ["StartFailed"] });

        Assert.Equal(71, await daemon.ExitAsync());
        Assert.Equal(2, daemon.Events.Count(found => found.Name == "StartFailed"));
    }

    [OnWindows]
    [Fact]
    public async Task BusyPort_WhileItIsTried_NothingOfTheMapAnswers()
    {
        // The daemon stops before it accepts any client: a client that connects is refused, never accepted and dropped.
        using var holder = Holder();
        var busy = ((IPEndPoint)holder.LocalEndPoint!).Port;
        await using var daemon = Daemon.Launch($"""
            [ports]
            %echo% = "echo"
            "127.0.0.1:{busy}" = "echo"
            """, new DaemonSetup { Expected = ["StartFailed"] });

        var accepted = 0;
        while (!daemon.HasExited)
        {
            try
            {
                using var client = await daemon.ConnectAsync("echo");

                // A client may be given the very port that it asks for, and then it reaches itself (RFC 9293 section 3.5).
                accepted += client.Name == client.Server ? 0 : 1;
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
            {
                await Task.Yield();
            }
        }

        Assert.Equal(71, await daemon.ExitAsync());
        Assert.Equal(0, accepted);
    }

    [Fact]
    public async Task BusyPort_OfAConnection_IsNotCalledAListener()
    {
        using var server = Holder();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        // On an address of its own: connections of other processes may have the same port on 127.0.0.1.
        // The runtime sets SO_REUSEADDR at a bind, with which the daemon could bind the port as well: connect(2) takes the port instead,
        // and without it.
        client.SetRawSocketOption(0, 24, BitConverter.GetBytes(1)); // IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT
        client.Bind(new IPEndPoint(IPAddress.Parse("127.77.66.55"), 0));
        client.SetRawSocketOption(1, 2, BitConverter.GetBytes(0)); // SOL_SOCKET, SO_REUSEADDR
        await client.ConnectAsync(server.LocalEndPoint!, TestContext.Current.CancellationToken);
        await using var daemon = Daemon.Launch($"""
            [ports]
            "{client.LocalEndPoint}" = "echo"
            """, new DaemonSetup { Expected = ["StartFailed"] });

        Assert.Equal(71, await daemon.ExitAsync());
        var reason = Assert.Single(daemon.Events, found => found.Name == "StartFailed")["Reason"];
        Assert.Contains("the local port of a connection of", reason, StringComparison.Ordinal);
        Assert.Contains($"(pid {Environment.ProcessId})", reason, StringComparison.Ordinal);
        Assert.DoesNotContain("listens", reason, StringComparison.Ordinal);
    }

    [OnWindows]
    [Fact]
    public async Task ForeignAddress_AtTheStart_IsASystemError()
    {
        await using var daemon = Daemon.Launch("""
            [ports]
            "192.0.2.1:%p%" = "echo"
            """, new DaemonSetup { Expected = ["StartFailed"] });

        Assert.Equal(71, await daemon.ExitAsync());
        Assert.Contains("192.0.2.1:", (await daemon.WaitForEventAsync("StartFailed"))["Reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task PrivilegedPort_OfAnotherUser_NamesTheCapability()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await using var daemon = Daemon.Launch("", new DaemonSetup
        {
            Through = [.. network.Enter, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
            Arguments = ["--port", "7=echo"],
        });

        Assert.Equal(77, await daemon.ExitAsync());
        Assert.Contains("CAP_NET_BIND_SERVICE", daemon.Log.Text, StringComparison.Ordinal);
        Assert.Contains("0.0.0.0:7", daemon.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RawSocket_OfAnotherUser_NamesTheCapability()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await using var daemon = Daemon.Launch(
            """
            [daemon]
            raw_sockets = true
            [ports]
            "icmp/raw" = "it"
            [services.it]
            exec = ["/bin/cat"]
            wait = true
            [defaults]
            """,
            new DaemonSetup
            {
                Through = [.. network.Enter, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
                Expected = ["StartFailed"],
                Prepare = scratch => File.SetUnixFileMode(scratch.Folder, (UnixFileMode)0x1ED),
            });

        Assert.Equal(77, await daemon.ExitAsync());
        Assert.Contains("raw sockets need root or CAP_NET_RAW", daemon.Log.Text, StringComparison.Ordinal);
        Assert.Contains("0.0.0.0:1", daemon.Log.Text, StringComparison.Ordinal);
    }

    private static Socket Holder()
    {
        var holder = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen();
        return holder;
    }
}
