using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Tls;

/// <summary>On what the clients of <c>tls</c> can agree with the daemon, as scanners ask: with <c>openssl s_client</c>.</summary>
public sealed partial class TlsAgreementTests(TlsAgreementDaemon shared) : IClassFixture<TlsAgreementDaemon>
{
    private const string Any = "ALL:COMPLEMENTOFALL:@SECLEVEL=0";

    private Daemon Daemon => shared.Daemon;

    [Theory]
    [InlineData("-tls1", "handler", false)]
    [InlineData("-tls1_1", "handler", false)]
    [InlineData("-tls1_1", "child", false)]
    [InlineData("-tls1_1", "forward", false)]
    [InlineData("-tls1_2", "handler", true)]
    [InlineData("-tls1_3", "handler", true)]
    [InlineData("-tls1_2", "modern", false)]
    [InlineData("-tls1_3", "modern", true)]
    public async Task Version_ThatIsTooOld_IsRefused(string version, string port, bool isAccepted)
    {
        var agreed = await AgreeAsync(port, version, "-cipher", Any);

        Assert.Equal(isAccepted, agreed is not null);
    }

    /// <summary>Each suite that is accepted is left out of the next offer, until none is.</summary>
    [Theory]
    [InlineData("handler", "rsa.example.org", "ECDHE-RSA-")]
    [InlineData("handler", "ec.example.org", "ECDHE-ECDSA-")]
    [InlineData("child", "rsa.example.org", "ECDHE-RSA-")]
    [InlineData("forward", "ec.example.org", "ECDHE-ECDSA-")]
    public async Task Ciphers_OfTls12_HaveForwardSecrecyAndNothingWeak(string port, string name, string kind)
    {
        var accepted = new List<string>();
        while (await AgreeAsync(port, "-tls1_2", "-servername", name, "-cipher", string.Join(":!", accepted.Prepend(Any))) is { } suite)
        {
            accepted.Add(suite);
        }

        Assert.Equal(
            ["AES256-GCM-SHA384", "AES128-GCM-SHA256", "AES256-SHA384", "AES128-SHA256"],
            accepted.Select(each => each.Replace(kind, "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("TLS_AES_256_GCM_SHA384", true)]
    [InlineData("TLS_CHACHA20_POLY1305_SHA256", true)]
    [InlineData("TLS_AES_128_GCM_SHA256", true)]
    [InlineData("TLS_AES_128_CCM_SHA256", false)]
    [InlineData("TLS_AES_128_CCM_8_SHA256", false)]
    public async Task Ciphers_OfTls13_HaveTagsOfFullLength(string suite, bool isAccepted) =>
        Assert.Equal(isAccepted ? suite : null, await AgreeAsync("handler", "-tls1_3", "-ciphersuites", suite));

    /// <summary>Early data, which would need a session, is not offered either.</summary>
    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Session_IsResumedOnItsPortAndNowhereThatAClientNeedsACertificate(string version)
    {
        using var scratch = new Scratch();
        var first = await ClientAsync("answers", version, "-sess_out", scratch["session"]);
        Assert.Contains("Compression: NONE", first, StringComparison.Ordinal);
        Assert.DoesNotMatch(EarlyData(), first);
        Assert.Contains("\nNew, ", first, StringComparison.Ordinal);

        Assert.Contains("\nReused, ", await ClientAsync("answers", version, "-sess_in", scratch["session"]), StringComparison.Ordinal);
        foreach (var port in (string[])["mutual", "asks"])
        {
            var other = await ClientAsync(port, version, "-sess_in", scratch["session"]);
            Assert.DoesNotContain("\nReused, ", other, StringComparison.Ordinal);
            Assert.Equal(port == "asks", other.Contains("answer to line", StringComparison.Ordinal));
        }

        // Nor does the session of a client that had one take another in.
        string[] known = ["-cert", Daemon.Scratch["client.pem"], "-key", Daemon.Scratch["client.key"]];
        Assert.Contains(
            "answer to line", await ClientAsync("mutual", [version, "-sess_out", scratch["known"], .. known]), StringComparison.Ordinal);
        string[] again = File.Exists(scratch["known"]) ? ["-sess_in", scratch["known"]] : [];
        var without = await ClientAsync("mutual", [version, .. again]);
        Assert.DoesNotContain("\nReused, ", without, StringComparison.Ordinal);
        Assert.DoesNotContain("answer to line", without, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renegotiation_ByTheClient_EndsItsConnectionAndNoOther()
    {
        using var lasting = await TlsPeer.ConnectAsync(Daemon, "handler");
        await using var client = Start("-tls1_2");
        await TalkAsync(client, "word");

        await SayAsync(client, "R");

        Assert.NotEqual(0, await client.ExitAsync());
        Assert.Equal("TEST", await lasting.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Keys_ThatTheClientRenews_ServeAsBefore()
    {
        await using var client = Start("-tls1_3");
        await TalkAsync(client, "first");

        await SayAsync(client, "K");
        await client.Errors.FindAsync(line => line == "KEYUPDATE" ? line : null, "the new keys");

        await TalkAsync(client, "second");
    }

    private RunningProcess Start(string version) => RunningProcess.Start(
        "/usr/bin/openssl", ["s_client", version, "-connect", $"127.0.0.1:{Daemon.Port("handler")}"]);

    private static async Task TalkAsync(RunningProcess client, string word)
    {
        await SayAsync(client, word);
        await client.Output.FindAsync(line => line == word ? line : null, $"the echo of {word}");
    }

    private static async Task SayAsync(RunningProcess client, string line)
    {
        await client.Input.WriteAsync($"{line}\n");
        await client.Input.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The suite of a handshake; null: it has failed.</summary>
    private async Task<string?> AgreeAsync(string port, params string[] options)
    {
        var result = await Command.RunAsync(
            "/usr/bin/openssl", ["s_client", "-connect", $"127.0.0.1:{Daemon.Port(port)}", .. options]);
        return Agreed().Match(result.Output) is { Success: true } match && match.Groups[1].Value != "(NONE)" && result.Status == 0
            ? match.Groups[1].Value
            : null;
    }

    /// <summary>What the client says that sends a line and waits for the end of the answer.</summary>
    private async Task<string> ClientAsync(string port, params string[] options)
    {
        var all = string.Join(' ', options);
        var result = await Command.RunAsync(
            "/bin/sh", "-c", $"echo line | openssl s_client -ign_eof -connect 127.0.0.1:{Daemon.Port(port)} {all}");
        return result.Output;
    }

    [GeneratedRegex(@"^New, [^,]*, Cipher is (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Agreed();

    [GeneratedRegex("Max Early Data: [^0]")]
    private static partial Regex EarlyData();
}
