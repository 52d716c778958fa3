using NetSuperd.Server.Config.Import;

namespace NetSuperd.Server.Tests.Config.Import;

/// <summary>sslh.cfg and the command line of sslh: which service gets which client.</summary>
public sealed class SslhImportTests : IDisposable
{
    private const string Listen = "listen: ({ host: \"127.0.0.1\"; port: \"4711\" });\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ssh", "{ ssh = true, service = \"ssh\" }")]
    [InlineData("tls", "{ tls = true, service = \"tls\" }")]
    [InlineData("ssl", "{ tls = true, service = \"ssl\" }")]
    [InlineData("http", "{ http = true, service = \"http\" }")]
    [InlineData("msrdp", "{ rdp = true, service = \"msrdp\" }")]
    [InlineData("tinc", "{ starts_with = \"0 \", service = \"tinc\" }")]
    [InlineData(
        "tls\"; sni_hostnames: [\"a.b\", \"*.c.d\"]; x: \"",
        "{ tls = \"sni:a.b\", service = \"tls\" }, { tls = \"sni:*.c.d\", service = \"tls\" }")]
    [InlineData("tls\"; alpn_protocols: [\"h2\"]; x: \"", "{ tls = \"alpn:h2\", service = \"tls\" }")]
    [InlineData("regex\"; regex_patterns: [\"^a.c\"]; x: \"", "{ regex = \"^a.c\", service = \"regex\" }")]
    public void Run_Probe_IsATest(string probe, string rule) => Assert.Contains(
        $"by = [{{ timeout = \"5s\", service = \"{probe.Split('"')[0]}\" }}, {rule}, {{ service = \"anyprot\" }}]",
        Import(Listen + $"protocols: ({Entry(probe)}, {Entry("anyprot")});\n").Text,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("proxyprotocol: 1", "send_proxy = 1")]
    [InlineData("max_connections: 7", "max_connections = 7")]
    [InlineData("log_level: 0", "log = \"none\"")]
    [InlineData("transparent: true", "transparent = true")]
    public void Run_SettingOfAProtocol_SetsTheKeyOfTheSamePurpose(string setting, string expected) => Assert.Contains(
        expected, Import(Listen + $"protocols: ({Entry("ssh")[..^1]}; {setting} }});\n").Text.Split('\n'));

    [Fact]
    public void Run_NameAndProtocolOfTls_AreAskedOneAfterTheOther()
    {
        var both = Entry("tls")[..^1] + "; sni_hostnames: [\"a.b\"]; alpn_protocols: [\"h2\"] }";

        var text = Import(Listen + $"protocols: ({both}, {Entry("http")});\n").Text;

        Assert.Contains(
            "by = [{ tls = \"alpn:h2\", service = \"tls\" }, { http = true, service = \"http\" }, { service = \"http\" }]", text,
            StringComparison.Ordinal);
        Assert.Contains(
            "by = [{ timeout = \"5s\", service = \"tls\" }, { tls = \"sni:a.b\", service = \"tls-by-protocol\" }, { http = true, service = "
            + "\"http\" }, { service = \"http\" }]", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timeout: 2; on-timeout: \"http\";", "{ timeout = \"2s\", service = \"http\" }")]
    [InlineData("timeout: 900;", "{ timeout = \"60s\", service = \"ssh\" }")]
    [InlineData("on-timeout: \"nothing\";", "{ timeout = \"5s\", service = \"http\" }")]
    public void Run_Timeout_IsForSilentClients(string settings, string rule) => Assert.Contains(
        rule, Import(Listen + settings + $"protocols: ({Entry("http")}, {Entry("ssh")});\n").Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("sslh -p 127.0.0.1:4711 --ssh 192.0.2.1:22 --tls 192.0.2.1:443", "\"127.0.0.1:4711\" = \"sslh\"")]
    [InlineData("/usr/sbin/sslh --listen=0.0.0.0:4711 --ssh=192.0.2.1:22", "\"0.0.0.0:4711\" = \"sslh\"")]
    [InlineData("sslh -p :::4711 --http 192.0.2.1:80", "4711 = \"sslh\"")]
    [InlineData("sslh -p [::1]:4711 -v -t3 --http 192.0.2.1:80", "timeout = \"3s\"")]
    [InlineData("sslh -i --http 192.0.2.1:80", "[services.sslh]")]
    public void Run_CommandLine_IsTheSame(string line, string expected)
    {
        var result = MapFiles.Import(new ForeignPath(null, line));

        Assert.Empty(result.Problems);
        Assert.Contains(expected, result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_CommandLineWithAFile_ChangesWhatTheFileSays()
    {
        var file = _folder.Write("sslh.cfg", Listen + $"timeout: 9;\nprotocols: ({Entry("ssh")}, {Entry("http")});\n");

        var text = MapFiles.Import(new ForeignPath(ForeignFormat.Sslh, $"sslh -F{file} --timeout 4 --ssh 192.0.2.7:22")).Text;

        Assert.Contains("timeout = \"4s\"", text, StringComparison.Ordinal);
        Assert.Contains("forward = \"192.0.2.7:22\"", text, StringComparison.Ordinal);
        Assert.Contains("[services.http]", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("protocols: (")]
    [InlineData("protocols: \"")]
    [InlineData("/* protocols")]
    [InlineData("protocols")]
    [InlineData("protocols: nothing;")]
    [InlineData("@include \"other.cfg\"")]
    [InlineData("a: {{{{{{{{{{{{{{{{{{{{{{{{")]
    public void Run_OtherText_IsRefused(string text) => Assert.NotEmpty(Import(text).Problems);

    [Fact]
    public void Run_ManyProtocols_EndInTime() => Assert.NotEmpty(
        Import(Listen + $"protocols: ({string.Join(',', Enumerable.Repeat(Entry("regex"), 5_000))});\n").Findings);

    private static string Entry(string probe) => $"{{ name: \"{probe}\"; host: \"192.0.2.1\"; port: \"80\" }}";

    private ImportResult Import(string text) => _folder.Import("sslh.cfg", text, ForeignFormat.Sslh);
}
