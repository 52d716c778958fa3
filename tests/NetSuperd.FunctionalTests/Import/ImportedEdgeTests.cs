using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Import;

/// <summary>Files of programs that stand in front of servers: the key <c>import</c> reads them, and clients use what they become.</summary>
public sealed class ImportedEdgeTests
{
    private const string Stunnel =
        """
        setuid = nobody
        cert = www.pem
        key = www.key

        [web]
        accept = 127.0.0.1:%edge%
        connect = 127.0.0.1:%plain%

        [git]
        sni = web:git.example.org
        cert = git.pem
        key = git.key
        connect = 127.0.0.1:%plain%

        [program]
        accept = 127.0.0.1:%other%
        exec = /bin/echo
        execArgs = echo program

        """;

    private const string StunnelClient =
        """
        client = yes

        [verified]
        accept = 127.0.0.1:%edge%
        connect = 127.0.0.1:%target%
        verifyChain = yes
        CAfile = www.pem
        checkHost = www.example.org

        [trusting]
        accept = 127.0.0.1:%other%
        connect = 127.0.0.1:%target%

        [wrong]
        accept = 127.0.0.1:%wrong%
        connect = 127.0.0.1:%target%
        verifyChain = yes
        CAfile = www.pem
        checkHost = git.example.org

        """;

    [Theory]
    [InlineData("rinetd", "127.0.0.1 %edge% 127.0.0.1 %echo%\nallow 127.0.0.*\n")]
    [InlineData(
        "xinetd",
        "service edge\n{\ntype = UNLISTED\nport = %edge%\nsocket_type = stream\nwait = no\nuser = nobody\nbind = 127.0.0.1\n"
        + "redirect = 127.0.0.1 %echo%\nonly_from = 127.0.0.0/24\n}\n")]
    public async Task Client_OfAForward_ReachesItsTarget(string format, string file)
    {
        await using var daemon = await StartAsync(format);
        daemon.Scratch.Write("edge.conf", file
            .Replace("%edge%", $"{daemon.Port("edge")}", StringComparison.Ordinal)
            .Replace("%echo%", $"{daemon.Port("echo")}", StringComparison.Ordinal));

        await daemon.DoAsync("reload");

        var answer = await Command.OutputAsync(
            "/bin/sh", "-c", $"printf TEST | /usr/bin/socat -t 30 - TCP:127.0.0.1:{daemon.Port("edge")}");
        Assert.Equal("TEST", answer);
        using var stranger = await TcpPeer.ConnectAsync(daemon.Port("edge"), from: "127.0.1.1");
        var refused = await daemon.WaitForEventAsync("ConnectionRefused");
        Assert.Equal((stranger.Name, "address"), (refused["Peer"], refused["Reason"]));
    }

    [Fact]
    public async Task Client_OfStunnel_GetsItsProgram_ItsTarget_AndTheCertificateOfTheName()
    {
        await using var daemon = await StartAsync("stunnel");
        daemon.Scratch.Write("edge.conf", Stunnel
            .Replace("%edge%", $"{daemon.Port("edge")}", StringComparison.Ordinal)
            .Replace("%other%", $"{daemon.Port("other")}", StringComparison.Ordinal)
            .Replace("%plain%", $"{daemon.Port("plain")}", StringComparison.Ordinal));

        await daemon.DoAsync("reload");

        Assert.Equal("program", (await OpensslAsync(daemon, "other", "-quiet")).Output.Trim());
        Assert.Equal("target", (await OpensslAsync(daemon, "edge", "-quiet")).Output.Trim());
        var named = await OpensslAsync(daemon, "edge", "-servername", "git.example.org");
        Assert.Contains("CN = git.example.org", named.Output, StringComparison.Ordinal);
        var other = await OpensslAsync(daemon, "edge", "-servername", "other.example.org");
        Assert.Contains("CN = www.example.org", other.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_OfStunnelWithClient_ReachesAnEncryptedTarget_IfItIsTheRightOne()
    {
        await using var daemon = await StartAsync("stunnel");
        var (port, folder) = (FreePorts.Next(), daemon.Scratch.Folder);
        await using var target = RunningProcess.Start(
            "/usr/bin/openssl",
            ["s_server", "-accept", $"127.0.0.1:{port}", "-cert", $"{folder}/www.pem", "-key", $"{folder}/www.key", "-rev"]);
        await target.Output.FindAsync(line => line.Contains("ACCEPT", StringComparison.Ordinal) ? line : null, "openssl listens");
        daemon.Scratch.Write("edge.conf", StunnelClient
            .Replace("%edge%", $"{daemon.Port("edge")}", StringComparison.Ordinal)
            .Replace("%other%", $"{daemon.Port("other")}", StringComparison.Ordinal)
            .Replace("%wrong%", $"{daemon.Port("wrong")}", StringComparison.Ordinal)
            .Replace("%target%", $"{port}", StringComparison.Ordinal));

        await daemon.DoAsync("reload");

        foreach (var name in (string[])["edge", "other"])
        {
            using var client = await daemon.ConnectAsync(name);
            await client.SendAsync("abc\n");
            Assert.Equal("cba\n", Encoding.ASCII.GetString(await client.ReceiveAsync(4)));
        }

        using var misled = await daemon.ConnectAsync("wrong");
        var record = await daemon.WaitForRecordAsync(misled.Name);
        Assert.Equal("unreachable", record.End["End"]);
    }

    [Fact]
    public async Task Client_OfSslh_GetsTheServerOfItsProtocol()
    {
        await using var daemon = await StartAsync("sslh");
        daemon.Scratch.Write("edge.conf",
            $"DAEMON_OPTS=\"--listen 127.0.0.1:{daemon.Port("edge")} --tls 127.0.0.1:{daemon.Port("secure")} --timeout 1 "
            + $"--http 127.0.0.1:{daemon.Port("health")} --ssh 127.0.0.1:{daemon.Port("plain")}\"\n");

        await daemon.DoAsync("reload");

        Assert.Equal("secure", (await OpensslAsync(daemon, "edge", "-quiet")).Output.Trim());
        var status = await Command.OutputAsync(
            "/usr/bin/curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", $"http://127.0.0.1:{daemon.Port("edge")}/");
        Assert.Equal("200", status);
        using var silent = await daemon.ConnectAsync("edge");
        Assert.Equal("target\n", await silent.ReadToEndAsync());
    }

    private static Task<CommandResult> OpensslAsync(Daemon daemon, string port, params string[] options) =>
        Command.RunAsync("/usr/bin/openssl", ["s_client", "-connect", $"127.0.0.1:{daemon.Port(port)}", .. options]);

    // A comment keeps a free port for the file.
    private static Task<Daemon> StartAsync(string format) => Daemon.StartAsync(
        $$"""
        import = ["{{format}}:edge.conf"]
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%plain%" = "plain"
        "127.0.0.1:%secure%" = "secure"
        "127.0.0.1:%health%" = "http-health"
        # %edge% %other% %wrong%

        [services.plain]
        exec = ["/bin/echo", "target"]

        [services.secure]
        exec = ["/bin/echo", "secure"]
        tls = { certificate = "www.pem", key = "www.key" }

        """,
        new DaemonSetup { Prepare = Prepare });

    private static void Prepare(Scratch scratch)
    {
        scratch.Write("edge.conf", "# nothing yet\n");
        foreach (var name in (string[])["www", "git"])
        {
            using var certificate = TestCertificate.Create($"{name}.example.org");
            TestCertificate.Write(scratch.Folder, name, certificate);
        }
    }
}
