using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary><c>tls_to</c>: connections to targets are encrypted, and the targets verified.</summary>
public sealed class TlsToTests(TlsToDaemon shared) : IClassFixture<TlsToDaemon>
{
    private Daemon Daemon => shared.Daemon;

    [Theory]
    [InlineData("named")]
    [InlineData("addressed")]
    [InlineData("trusting")]
    [InlineData("modern")]
    [InlineData("showing")]
    public async Task Target_ThatIsWhatItShouldBe_IsReached(string service)
    {
        using var client = await Daemon.ConnectAsync(service);

        Assert.Equal("word", await client.ExchangeAsync("word"));
        Assert.Equal("closed", (await Daemon.WaitForRecordAsync(client.Name, client.Server)).End["End"]);
    }

    [Theory]
    [InlineData("unnamed", "its certificate is for 'www.example.org' and not for '127.0.0.1'")]
    [InlineData("expired", "its certificate expired on ")]
    [InlineData("unknown", "its certificate is signed by 'CN=Other CA', which is no CA of ")]
    [InlineData("system", "its certificate is signed by 'CN=Test CA', which is no CA of this system")]
    [InlineData("noisy", "the TLS handshake has failed")]
    public async Task Target_ThatIsNotWhatItShouldBe_IsRefusedAndTheLogSaysWhy(string service, string reason)
    {
        await IsResetAsync(service);

        var failed = await Daemon.WaitForEventAsync("TargetFailed", found => found["Service"] == service);
        Assert.StartsWith(reason, failed["Reason"], StringComparison.Ordinal);
        Assert.Equal("unreachable", (await Daemon.WaitForEventAsync("ConnectionEnded", found => found["Service"] == service))["End"]);
    }

    [Fact]
    public async Task Target_ThatIsSilent_IsLeftAfterTheTimeForConnecting()
    {
        using var listener = ForwardDaemon.Listen(new IPEndPoint(IPAddress.Loopback, shared.SilentPort));
        await IsResetAsync("silent");

        var failed = await Daemon.WaitForEventAsync("TargetFailed", found => found["Service"] == "silent");
        Assert.Equal("its TLS handshake has lasted too long", failed["Reason"]);
    }

    [Fact]
    public async Task Target_ThatWantsACertificate_TellsThatThereIsNone()
    {
        await using var target = await StartOpenSslAsync("-tls1_3", "-Verify", "1", "-verify_return_error");

        // With TLS 1.3 it says so after the handshake.
        await IsResetAsync("openssl", "word");

        var failed = await Daemon.WaitForEventAsync(
            "TargetTlsFailed", found => (found["Service"], found["Reason"]) == ("openssl", "tlsv13 alert certificate required"));
        Assert.Equal("target_reset", (await Daemon.WaitForEndAsync(failed["ConnectionId"]))["End"]);
    }

    [Fact]
    public async Task Target_GetsTheHeaderBeforeTheHandshake()
    {
        using var client = await Daemon.ConnectAsync("telling");

        Assert.Equal("word", await client.ExchangeAsync("word"));
        await Daemon.WaitForEventAsync("ConnectionStarted", found => found["Service"] == "told" && found["Peer"] == client.Name);
    }

    [Theory]
    [InlineData("own", true)]
    [InlineData("own", false)]
    [InlineData("both", true)]
    [InlineData("both", false)]
    public async Task HalfClose_OfOneEnd_LeavesTheOtherDirectionOpen(string service, bool byClient)
    {
        await using var pair = await EncryptedPair.OpenAsync(shared, service);
        var (first, second) = byClient ? (pair.Client, pair.Target) : (pair.Target, pair.Client);
        await first.SendAsync("last words");
        await first.FinishAsync();

        Assert.Equal("last words", await second.ReadToEndAsync());
        await second.SendAsync("and the answer");
        await second.FinishAsync();
        Assert.Equal("and the answer", await first.ReadToEndAsync());
        Assert.Equal("closed", (await Daemon.WaitForRecordAsync(pair.Name)).End["End"]);
    }

    [Theory]
    [InlineData("own", true, "reset")]
    [InlineData("own", false, "target_reset")]
    [InlineData("both", true, "reset")]
    [InlineData("both", false, "target_reset")]
    public async Task Reset_OfOneEnd_ResetsTheOther(string service, bool byClient, string word)
    {
        await using var pair = await EncryptedPair.OpenAsync(shared, service);
        var (first, second) = byClient ? (pair.Client, pair.Target) : (pair.Target, pair.Client);
        await first.SendAsync("word");
        Assert.Equal(4, await second.ReceiveAsync(new byte[4]));

        first.Reset();

        var lost = await Assert.ThrowsAnyAsync<IOException>(async () => await second.ReceiveAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(lost.InnerException).SocketErrorCode);
        Assert.Equal(word, (await Daemon.WaitForRecordAsync(pair.Name)).End["End"]);
    }

    [Theory]
    [InlineData("own", false, "target_reset")]
    [InlineData("both", true, "reset")]
    [InlineData("both", false, "target_reset")]
    public async Task Cut_OfOneEnd_IsNoEndInOrderForTheOther(string service, bool byClient, string word)
    {
        await using var pair = await EncryptedPair.OpenAsync(shared, service);
        var (first, second) = byClient ? (pair.Client, pair.Target) : (pair.Target, pair.Client);
        await first.SendAsync("word");

        first.Cut();

        // It gets all that has come before.
        Assert.Equal(4, await second.ReceiveAsync(new byte[4]));
        var lost = await Assert.ThrowsAnyAsync<IOException>(async () => await second.ReceiveAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(lost.InnerException).SocketErrorCode);
        var end = (await Daemon.WaitForRecordAsync(pair.Name)).End;
        Assert.Equal(word, end["End"]);
        if (!byClient)
        {
            var failed = await Daemon.WaitForEventAsync("TargetTlsFailed", found => found["ConnectionId"] == end["ConnectionId"]);
            Assert.Contains("without close_notify", failed["Reason"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task OpenSsl_AsTheTarget_IsKilledAndTheClientIsReset()
    {
        await using var target = await StartOpenSslAsync("-tls1_3");
        using var client = await Daemon.ConnectAsync("openssl");
        await client.SendAsync("abc\n");
        Assert.Equal("cba\n", Encoding.ASCII.GetString(await client.ReceiveAsync(4)));

        target.Signal(RunningProcess.SIGKILL);

        var reset = await Assert.ThrowsAsync<SocketException>(async () => await client.ReceiveAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }

    [Fact]
    public async Task Target_IsAskedForTheNameOfTheMap()
    {
        await using var pair = await EncryptedPair.OpenAsync(shared, "own");

        Assert.Equal("www.example.org", pair.AskedFor);
    }

    [Fact]
    public async Task Bytes_EncryptedOnBothSides_ArriveUnchanged()
    {
        await using var pair = await EncryptedPair.OpenAsync(shared, "both");
        var sent = RandomNumberGenerator.GetBytes(8 << 20);
        var received = pair.Target.ReadAllAsync();

        await pair.Client.SendAsync(sent);
        await pair.Client.FinishAsync();

        Assert.Equal(Convert.ToHexString(SHA256.HashData(sent)), Convert.ToHexString(SHA256.HashData(await received)));
    }

    [Theory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task OpenSsl_AsTheTarget_Answers(string option, string version)
    {
        await using var target = await StartOpenSslAsync(option);
        using var client = await Daemon.ConnectAsync("openssl");

        await client.SendAsync("abc\n");

        Assert.Equal("cba\n", Encoding.ASCII.GetString(await client.ReceiveAsync(4)));
        await target.Errors.FindAsync(
            line => line.Contains($"Protocol version: {version}", StringComparison.Ordinal) ? line : null, "the version");
    }

    private async Task<RunningProcess> StartOpenSslAsync(params string[] options)
    {
        var folder = Daemon.Scratch.Folder;
        var target = RunningProcess.Start(
            "/usr/bin/openssl",
            ["s_server", "-accept", $"127.0.0.1:{shared.OpenSslPort}", "-cert", $"{folder}/good.pem", "-key", $"{folder}/good.key",
                "-CAfile", $"{folder}/ca.pem", "-rev", .. options]);
        await target.Output.FindAsync(line => line.Contains("ACCEPT", StringComparison.Ordinal) ? line : null, "openssl listens");
        return target;
    }

    /// <summary>A client of the service is reset, maybe before it has seen that it is connected.</summary>
    private async Task IsResetAsync(string service, string word = "")
    {
        var reset = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var client = await Daemon.ConnectAsync(service);
            await client.SendAsync(word);
            await client.ReceiveAsync(new byte[1]);
        });

        Assert.Equal(SocketError.ConnectionReset, reset.SocketErrorCode);
    }
}
