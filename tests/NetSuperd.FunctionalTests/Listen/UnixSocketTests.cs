using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Listen;

/// <summary>Unix sockets: by path and abstract, their types, owner and mode, and the life of the path.</summary>
public sealed class UnixSocketTests
{
    private const string EchoAtPath = """
        [ports]
        "%dir%/echo.sock" = "echo"
        """;

    [Fact]
    public async Task Path_OfAHandler_Answers()
    {
        await using var daemon = await Daemon.StartAsync(EchoAtPath);
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["echo.sock"]);

        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
        var start = await daemon.WaitForEventAsync("ConnectionStarted");
        Assert.Equal($"uid:{await Command.OutputAsync("id", "-u")}".Trim() + $" pid:{Environment.ProcessId}", start["Peer"]);
    }

    [Fact]
    public async Task Descriptor_WhoseCloseLasts_IsRefusedByAHandlerAndNotByAProgram()
    {
        await using var daemon = await Daemon.StartAsync(EchoAtPath);
        var isRefused = Environment.OSVersion.Version >= new Version(6, 16);

        Assert.Equal(isRefused ? "refused" : "sent", await SendAsync());

        daemon.Edit(map => map.Replace("\"echo\"", "\"cat\"", StringComparison.Ordinal)
            + "\n[services.cat]\nexec = [\"/bin/cat\"]\nuser = \"root\"\n");
        await daemon.DoAsync("reload");
        Assert.Equal("sent", await SendAsync());

        async Task<string> SendAsync()
        {
            var (sender, word) = await LastingClose.SendAsync(daemon, "stream", daemon.Scratch["echo.sock"]);
            await using var lasting = sender;
            return word;
        }
    }

    [Fact]
    public async Task Abstract_OfAHandler_Answers()
    {
        var name = $"@netsuperd-test-{Guid.NewGuid():N}";
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "{name}" = "echo"
            """);
        using var client = await TcpPeer.ConnectUnixAsync(name);

        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Abstract_OfTheLongestName_AnswersAfterAStartAndAfterAReload()
    {
        // sun_path has 108 bytes, unix(7): the NUL before the name and 107.
        string[] names = [.. Enumerable.Range(0, 2).Select(_ => $"@{Guid.NewGuid():N}".PadRight(108, 'a'))];
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "{names[0]}" = "echo"
            """);
        using var first = await TcpPeer.ConnectUnixAsync(names[0]);
        Assert.Equal("TEST", await first.ExchangeAsync("TEST"));

        daemon.Edit(map => map.Replace(names[0], names[1], StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        using var second = await TcpPeer.ConnectUnixAsync(names[1]);
        Assert.Equal("TEST", await second.ExchangeAsync("TEST"));
    }

    /// <summary>A client chooses its own name, as long as it likes and longer than the listener's.</summary>
    public static TheoryData<string, string> ClientNames => new()
    {
        // An empty name lets the kernel choose (unix(7), autobind).
        { "autobind", "" }, { "one", "\\0x" }, { "long", $"\\0{new string('x', 107)}" }, { "no text", "\\0\\377\\376\\n\\033[2J" },
    };

    [Theory]
    [MemberData(nameof(ClientNames))]
    public async Task Client_WithANameOfItsOwn_IsServedLikeAnyOther(string kind, string name)
    {
        // The runtime's sockets cannot have such names, perl's can: a native short and the bytes (struct sockaddr_un).
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "@n{Environment.ProcessId}{kind[0]}" = "echo"
            "%dir%/cat.sock" = "cat"
            [services.cat]
            exec = ["/bin/cat"]
            """);
        foreach (var server in new[] { $"\\0n{Environment.ProcessId}{kind[0]}", daemon.Scratch["cat.sock"] })
        {
            var script = $"use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, pack('S', AF_UNIX) . \"{name}\") or die $!; "
                + $"connect(S, pack('S', AF_UNIX) . \"{server}\") or die $!; syswrite(S, 'TEST'); shutdown(S, 1); print <S>";

            Assert.Equal("TEST", await Command.OutputAsync("/usr/bin/perl", "-e", script));
        }
    }

    [Fact]
    public async Task Seqpacket_OfAProgram_KeepsMessagesApart()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports."%dir%/packets.sock"]
            service = "cat"
            type = "seqpacket"
            [services.cat]
            exec = ["/bin/cat"]
            """);
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["packets.sock"], SocketType.Seqpacket);
        await client.SendAsync("one");
        await client.SendAsync("three");

        var buffer = new byte[100];
        Assert.Equal(3, await client.ReceiveAsync(buffer));
        Assert.Equal(5, await client.ReceiveAsync(buffer));
        Assert.Equal("three"u8.ToArray(), buffer[..5]);
    }

    [Fact]
    public async Task Stream_OfAProgram_NamesTheClient()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "%dir%/env.sock" = "env"
            [services.env]
            exec = ["/usr/bin/env"]
            """);
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["env.sock"]);
        var lines = (await client.ReadToEndAsync()).Split('\n');

        Assert.Contains("PROTO=UNIX", lines);
        Assert.Contains($"IPCREMOTEPID={Environment.ProcessId}", lines);
        Assert.Contains($"IPCREMOTEEUID={(await Command.OutputAsync("id", "-u")).Trim()}", lines);
        Assert.Contains($"IPCREMOTEEGID={(await Command.OutputAsync("id", "-g")).Trim()}", lines);
        Assert.DoesNotContain(lines, line =>
            line.StartsWith("TCP", StringComparison.Ordinal) || line.StartsWith("REMOTE_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Path_WithoutOptions_IsTheOwnersOnly()
    {
        await using var daemon = await Daemon.StartAsync(EchoAtPath);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(daemon.Scratch["echo.sock"]));
    }

    [Fact]
    public async Task Path_WithOwnerGroupAndMode_GetsThem()
    {
        Privilege.Require("a socket that belongs to another user");
        await using var daemon = await Daemon.StartAsync("""
            [ports."%dir%/echo.sock"]
            service = "echo"
            owner = "nobody"
            group = "games"
            mode = "0660"
            """);

        Assert.Equal("nobody games 660\n", await Command.OutputAsync("stat", "-c", "%U %G %a", daemon.Scratch["echo.sock"]));
    }

    [Fact]
    public async Task Path_OfADeadSocket_IsReplaced()
    {
        Socket? dead = null;
        await using var daemon = await Daemon.StartAsync(EchoAtPath, new DaemonSetup
        {
            Prepare = scratch => (dead = Listening(scratch["echo.sock"])).SafeHandle.Dispose(),
        });
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["echo.sock"]);

        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));

        // Its finalizer unlinks the path that it bound, which by now is the daemon's.
        GC.KeepAlive(dead);
    }

    [Fact]
    public async Task Path_OfALiveSocket_StopsTheStart()
    {
        Socket? living = null;
        await using var daemon = Daemon.Launch("""
            [ports]
            %echo% = "echo"
            "%dir%/live.sock" = "echo"
            """, new DaemonSetup { Prepare = scratch => living = Listening(scratch["live.sock"]), Expected = ["StartFailed"] });
        using (living)
        {
            Assert.Equal(71, await daemon.ExitAsync());
            Assert.Contains(
                daemon.Scratch["live.sock"], (await daemon.WaitForEventAsync("StartFailed"))["Reason"], StringComparison.Ordinal);
            await Assert.ThrowsAsync<SocketException>(() => daemon.ConnectAsync("echo"));
            using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["live.sock"]);
        }
    }

    [Fact]
    public async Task Path_OfAnotherFile_IsNeverDeleted()
    {
        await using var daemon = Daemon.Launch(EchoAtPath, new DaemonSetup
        {
            Prepare = scratch => scratch.Write("echo.sock", "precious"),
            Expected = ["StartFailed"],
        });

        Assert.Equal(71, await daemon.ExitAsync());
        Assert.Equal("precious", await File.ReadAllTextAsync(daemon.Scratch["echo.sock"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Path_AtTheStop_IsRemoved()
    {
        await using var daemon = await Daemon.StartAsync(EchoAtPath);
        Assert.True(File.Exists(daemon.Scratch["echo.sock"]));

        Assert.Equal(0, await daemon.StopAsync());
        Assert.False(File.Exists(daemon.Scratch["echo.sock"]));
    }

    [Fact]
    public async Task Path_RemovedByAnotherProcess_IsBoundAgain()
    {
        await using var daemon = await Daemon.StartAsync(EchoAtPath, new DaemonSetup { Expected = ["BindFailed"] });
        using var before = await TcpPeer.ConnectUnixAsync(daemon.Scratch["echo.sock"]);
        Assert.Equal("a", await before.TalkAsync("a"));
        File.Delete(daemon.Scratch["echo.sock"]);

        await daemon.WaitForEventAsync("BindRecovered");

        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["echo.sock"]);
        Assert.Equal("b", await client.TalkAsync("b"));
        Assert.Equal("c", await before.TalkAsync("c"));
    }

    [Fact]
    public async Task Path_ReplacedByAnotherProcess_StaysAtTheStop()
    {
        await using var daemon = await Daemon.StartAsync(EchoAtPath, new DaemonSetup { Expected = ["BindFailed"] });
        var path = daemon.Scratch["echo.sock"];
        File.Move(path, path + ".old");
        using var other = Listening(path);

        Assert.Equal(0, await daemon.StopAsync());
        using var client = await TcpPeer.ConnectUnixAsync(path);
    }

    private static Socket Listening(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        return socket;
    }
}
