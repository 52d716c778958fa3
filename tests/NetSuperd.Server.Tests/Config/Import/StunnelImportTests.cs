using System.Security.Cryptography.X509Certificates;
using NetSuperd.Server.Config.Import;

namespace NetSuperd.Server.Tests.Config.Import;

/// <summary>stunnel.conf: what the options of a service become, and which services stay closed.</summary>
public sealed class StunnelImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "tls = { certificate = \"/c.pem\" }")]
    [InlineData("key = %k.pem", "tls = { certificate = \"/c.pem\", key = \"/k.pem\" }")]
    [InlineData("CERT = %d.pem", "tls = { certificate = \"/d.pem\" }")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem", "tls = { certificate = \"/c.pem\", client_ca = \"/a.pem\", require_client = true }")]
    [InlineData("verify = 1\nCAfile = %a.pem", "tls = { certificate = \"/c.pem\", client_ca = \"/a.pem\" }")]
    [InlineData("verify = 2\nCAfile = %a.pem", "tls = { certificate = \"/c.pem\", client_ca = \"/a.pem\", require_client = true }")]
    [InlineData("verify = 0\nCAfile = %a.pem", "tls = { certificate = \"/c.pem\" }")]
    [InlineData("sslVersion = TLSv1.3", "tls = { certificate = \"/c.pem\", min = \"1.3\" }")]
    [InlineData("options = NO_TLSv1.2", "tls = { certificate = \"/c.pem\", min = \"1.3\" }")]
    [InlineData("TIMEOUTbusy = 20", "tls = { certificate = \"/c.pem\", handshake_timeout = \"20s\" }")]
    [InlineData("TIMEOUTidle = 60", "idle_timeout = \"60s\"")]
    [InlineData("TIMEOUTconnect = 3", "connect_timeout = \"3s\"")]
    [InlineData("connect = 192.0.2.8:80", "forward = [\"192.0.2.7:80\", \"192.0.2.8:80\"]")]
    [InlineData("connect = 192.0.2.8:80\nfailover = rr", "balance = \"round_robin\"")]
    [InlineData("local = 192.0.2.1", "source = \"192.0.2.1\"")]
    [InlineData("local = 192.0.2.1\ntransparent = source", "transparent = true")]
    [InlineData("protocol = proxy", "send_proxy = 1")]
    [InlineData("socket = a:SO_BINDTODEVICE=lo", "\"0.0.0.0:4711\" = { service = \"x\", device = \"lo\" }")]
    [InlineData("socket = l:TCP_NODELAY=1", "\"0.0.0.0:4711\" = { service = \"x\", nodelay = true }")]
    public void Run_Option_SetsTheKeyOfTheSamePurpose(string options, string expected)
    {
        var result = Import(Service(options));

        Assert.Contains(expected, result.Text.Split('\n'));
        Assert.DoesNotContain("enabled = false", result.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verifyPeer = yes\nCAfile = %a.pem")]
    [InlineData("verify = 3\nCAfile = %a.pem")]
    [InlineData("verifyChain = yes\nCApath = %a")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\nCRLfile = %r.pem")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\ncheckHost = a.example.net")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\nOCSPaia = yes")]
    [InlineData("verifyChain = perhaps")]
    [InlineData("verify = 9")]
    [InlineData("verfyChain = yes")]
    [InlineData("ident = root")]
    [InlineData("PSKsecrets = %s.txt")]
    [InlineData("protocol = smtp")]
    [InlineData("transparent = destination")]
    [InlineData("transparent = both")]
    [InlineData("sslVersion = TLSv9")]
    [InlineData("TIMEOUTidle = long")]
    public void Run_WhatTheMapCannotKeep_DisablesTheService(string options) =>
        Assert.Contains("enabled = false", Import(Service(options)).Text.Split('\n'));

    [Theory]
    [InlineData("accept = 4711", "\"0.0.0.0:4711\" = \"x\"")]
    [InlineData("accept = :::4711", "4711 = \"x\"")]
    [InlineData("accept = ::1:4711", "\"[::1]:4711\" = \"x\"")]
    [InlineData("accept = 127.0.0.1:imaps", "\"127.0.0.1:993\" = \"x\"")]
    [InlineData("accept = /run/x.sock\nsetuid = nobody", "\"/run/x.sock\" = { service = \"x\", owner = \"nobody\" }")]
    public void Run_Accept_IsTheSocket(string accept, string expected) =>
        Assert.Contains(expected, Import($"[x]\n{accept}\nconnect = 80\ncert = %c.pem\n").Text.Split('\n'));

    [Theory]
    [InlineData("", "user = \"root\"")]
    [InlineData("setuid = nobody\n", "user = \"nobody\"")]
    [InlineData("setgid = adm\n", "group = \"adm\"")]
    [InlineData("setgid = adm\n", "groups = \"none\"")]
    [InlineData("chroot = /\n", "chroot = \"/\"")]
    public void Run_Program_HasTheRightsThatStunnelGaveIt(string common, string expected) => Assert.Contains(
        expected, Import($"{common}[x]\naccept = 4711\nexec = /bin/cat\nexecArgs = cat -u\ncert = %c.pem\n").Text.Split('\n'));

    [Theory]
    [InlineData("", "tls_to = { verify = false }")]
    [InlineData("sni = b", "tls_to = { verify = false, name = \"b\" }")]
    [InlineData("sni =", "tls_to = { verify = false }")]
    [InlineData("verify = 0\nCAfile = %a.pem\ncheckHost = a", "tls_to = { verify = false }")]
    [InlineData("verify = 1\nCAfile = %a.pem", "tls_to = { ca = \"/a.pem\" }")]
    [InlineData("verify = 2\nCAfile = %a.pem\nsni = b", "tls_to = { ca = \"/a.pem\", name = \"b\" }")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\ncheckHost = a\nsni = b", "tls_to = { ca = \"/a.pem\", name = \"a\" }")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\ncheckIP = ::1", "tls_to = { ca = \"/a.pem\", name = \"::1\" }")]
    [InlineData("verifyChain = yes\nCApath = /etc/ssl/certs/\ncheckHost = a\ncheckEmail = a@b", "tls_to = { name = \"a\" }")]
    [InlineData("verifyChain = yes\nCAfile = /etc/ssl/certs/ca-certificates.crt", "tls_to = true")]
    [InlineData("verifyChain = yes\nCApath = %x\nCAfile = %a.pem", "tls_to = { ca = \"/a.pem\" }")]
    [InlineData("cert = %c.pem\nkey = %k.pem", "tls_to = { verify = false, certificate = \"/c.pem\", key = \"/k.pem\" }")]
    [InlineData("sslVersionMin = TLSv1.3", "tls_to = { verify = false, min = \"1.3\" }")]
    [InlineData("connect = 192.0.2.8:993\nfailover = rr", "balance = \"round_robin\"")]
    [InlineData("TIMEOUTconnect = 3", "connect_timeout = \"3s\"")]
    public void Run_Client_EncryptsTowardsItsTarget(string options, string expected)
    {
        var result = Import(Client(options));

        Assert.Contains(expected, result.Text.Split('\n'));
        Assert.DoesNotContain("enabled = false", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\ntls = ", result.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verifyChain = yes")]
    [InlineData("verifyChain = yes\nCApath = %a")]
    [InlineData("verifyPeer = yes\nCAfile = %a.pem")]
    [InlineData("verify = 4\nCAfile = %a.pem")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\nCRLfile = %r.pem")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\nOCSPaia = yes")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\ncheckEmail = a@b")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\ncheckHost = .example.net")]
    [InlineData("cert = pkcs11:token=a")]
    [InlineData("cert = %missing.pem")]
    [InlineData("PSKsecrets = %s.txt")]
    [InlineData("protocol = smtp")]
    [InlineData("protocol = connect\nprotocolHost = a:1")]
    [InlineData("protocol = proxy")]
    [InlineData("transparent = destination")]
    [InlineData("verifyChain = perhaps")]
    [InlineData("sslVersion = TLSv9")]
    public void Run_ClientThatTheMapCannotKeep_IsDisabled(string options) =>
        Assert.Contains("enabled = false", Import(Client(options)).Text.Split('\n'));

    [Theory]
    [InlineData("", Outcome.Kept, "may have any certificate")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem", Outcome.Changed, "'192.0.2.7'")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\ncheckHost = a\ncheckHost = b", Outcome.Changed, "'b'")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\ncheckHost = a", Outcome.Changed, "SNI")]
    [InlineData("verifyChain = yes\nCAfile = %a.pem\nCApath = /etc/ssl/certs", Outcome.Changed, "'/etc/ssl/certs'")]
    [InlineData("checkHost = a", Outcome.Changed, "'a' is left out")]
    public void Run_Client_ReportsWhatBecomesOfItsVerification(string options, Outcome outcome, string expected) => Assert.Contains(
        Import(Client(options)).Findings,
        finding => finding.Outcome == outcome && finding.Message.Contains(expected, StringComparison.Ordinal));

    [Theory]
    [InlineData("exec = /bin/cat")]
    [InlineData("connect = /run/x.sock\nverifyChain = yes\nCAfile = %a.pem")]
    public void Run_ClientWithoutATargetOfTheMap_IsLeftOut(string options)
    {
        var result = Import($"[x]\naccept = 4711\nclient = yes\n{options}\n");

        Assert.DoesNotContain("[services.", result.Text, StringComparison.Ordinal);
        Assert.Contains(
            result.Findings,
            finding => finding.Outcome == Outcome.Lost && finding.Message.StartsWith("'x' is left out", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_IncludedFolder_IsReadInItsOrder()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "conf.d"));
        _folder.Write("conf.d/00", $"cert = {_folder.Path}/c.pem\n");
        _folder.Write("conf.d/01", "[a]\naccept = 4711\nconnect = 80\n");

        var result = Import("include = conf.d\n");

        Assert.Equal(["a"], result.DropIns.Select(service => service.Name));
        Assert.Contains("tls = { certificate = \"/c.pem\" }", result.Text.Split('\n'));
    }

    [Fact]
    public void Run_Folder_HasTheFilesThatStunnelReads()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "stunnel"));
        _folder.Write("stunnel/a.conf", Service(""));
        _folder.Write("stunnel/a.pem", "-----BEGIN CERTIFICATE-----\n");
        _folder.Write("stunnel/README", "No configuration.\n");

        var result = MapFiles.Import(new ForeignPath(null, Path.Combine(_folder.Path, "stunnel")));

        Assert.Empty(result.Problems);
        Assert.Equal(["x"], result.DropIns.Select(service => service.Name));
    }

    [Fact]
    public void Run_OtherText_IsRefused() => Assert.NotEmpty(Import("{ \"a\": 1 }\n").Problems);

    [Fact]
    public void Run_ManySections_EndInTime() =>
        Assert.NotEmpty(Import(string.Concat(Enumerable.Repeat("[x]\nsni = x:a\n[\n", 20_000))).Findings);

    // Files behind % are those of the test, and its certificate has its key in the same file.
    private ImportResult Import(string text)
    {
        using var certificate = TestCertificate.Create("www.example.org");
        using var key = certificate.GetECDsaPrivateKey()!;
        foreach (var name in (string[])["a", "c", "d", "k", "r"])
        {
            _folder.Write($"{name}.pem", $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
            File.SetUnixFileMode(Path.Combine(_folder.Path, $"{name}.pem"), UnixFileMode.UserRead);
        }

        var own = text.Replace("%", $"{_folder.Path}/", StringComparison.Ordinal);
        var result = _folder.Import("stunnel.conf", own, ForeignFormat.Stunnel);
        return result with { Text = result.Text.Replace($"{_folder.Path}/", "/", StringComparison.Ordinal) };
    }

    private static string Service(string options) => $"[x]\naccept = 4711\nconnect = 192.0.2.7:80\ncert = %c.pem\n{options}\n";

    private static string Client(string options) => $"[x]\naccept = 4711\nconnect = 192.0.2.7:993\nclient = yes\n{options}\n";
}
