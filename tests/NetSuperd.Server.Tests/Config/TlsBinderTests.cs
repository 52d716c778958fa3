using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

/// <summary>The files of <c>tls</c>, which a load reads.</summary>
public sealed class TlsBinderTests : IDisposable
{
    private const string Www = "certificate = \"www.pem\", key = \"www.key\"";

    private readonly TemporaryFolder _folder = new();

    public TlsBinderTests()
    {
        using var www = TestCertificate.Create("www.example.org");
        using var git = TestCertificate.Create("*.git.example.org");
        TestCertificate.Write(_folder.Path, "www", www);
        TestCertificate.Write(_folder.Path, "git", git);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_CertificatesWithTheirKeys_HasTheirNamesAndTheFirstEnd()
    {
        var loaded = Load("certificate = [\"www.pem\", \"git.pem\"], key = [\"www.key\", \"git.key\"], client_ca = \"git.pem\"");

        Assert.Empty(loaded.Problems);
        var plan = Plan(loaded);
        Assert.Equal(["www.example.org", "*.git.example.org"], plan.Certificates.Select(each => each.Names.Single()));
        Assert.InRange(plan.Expires!.Value, DateTimeOffset.UtcNow.AddDays(59), DateTimeOffset.UtcNow.AddDays(61));
        Assert.Contains("PRIVATE KEY", plan.Certificates[0].Key, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", MapText.Format(loaded.Map), StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN", MapText.Format(loaded.Map), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AKeyBesideItsCertificate_NeedsNoOtherFile()
    {
        Append("www.pem", $"\n{Text("www.key")}");
        Assert.Contains("can be read by other users; run: chmod o-r", Problem("certificate = \"www.pem\""), StringComparison.Ordinal);

        SetMode("www.pem", UnixFileMode.UserRead | UnixFileMode.GroupRead);

        Assert.Empty(Load("certificate = \"www.pem\"").Problems);
    }

    [Theory]
    [InlineData("certificate = \"www.pem\", key = \"git.key\"", "do not belong together", 6, 40)]
    [InlineData("certificate = \"www.key\", key = \"www.key\"", "has no certificate", 6, 23)]
    [InlineData("certificate = \"www.pem\", key = \"git.pem\"", "can be read by other users", 6, 40)]
    [InlineData("certificate = \"nosuch.pem\"", "there is no file", 6, 23)]
    [InlineData(Www + ", client_ca = \"www.key\"", "has no certificate, or a damaged one", 6, 63)]
    public void Load_FilesThatDoNotFit_IsRefusedAtTheirPlace(string members, string message, int line, int column)
    {
        var found = Assert.Single(Load(members).Problems);

        Assert.Equal((Severity.Error, line, column), (found.Severity, found.At.Line, found.At.Column));
        Assert.Contains(message, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AKeyWithAPassphrase_SaysHowToWriteOneWithout()
    {
        File.WriteAllText(FileOf("www.key"), "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n");

        Assert.Contains("openssl pkey", Problem(Www), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec = [\"/bin/cat\"]", true)]
    [InlineData("handler = \"echo\"", false)]
    public void Load_ChildrenThatAStopLeaves_AreWarnedOfTheEndOfTheirWorker(string key, bool warns)
    {
        var loaded = LoadService($"{key}\ntls = {{ {Www} }}\n[daemon]\ndrain_children = \"leave\"");

        Assert.Equal(warns, loaded.Problems.Any(found => found.Message.Contains("'drain_children'", StringComparison.Ordinal)));
    }

    [Fact]
    public void Load_AKeyThatOthersMayRead_IsRefused()
    {
        SetMode("www.key", UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.Contains("chmod o-r", Problem(Www), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60, null)]
    [InlineData(15, null)]
    [InlineData(14, "expires on")]
    [InlineData(0, "expired on")]
    public void Load_ACertificateNearItsEnd_Warns(int days, string? message)
    {
        using var certificate = TestCertificate.Create("www.example.org", days);
        TestCertificate.Write(_folder.Path, "www", certificate);

        var loaded = Load(Www);

        Assert.Equal(message is null ? [] : [Severity.Warning], loaded.Problems.Select(problem => problem.Severity));
        Assert.Contains(message ?? "", loaded.Problems.FirstOrDefault()?.Message ?? "", StringComparison.Ordinal);
        Assert.NotNull(Plan(loaded).Expires);
    }

    [Fact]
    public void Load_TheFilesForTargets_HasTheirTexts()
    {
        var loaded = LoadService($"forward = \"10.0.0.5:80\"\ntls_to = {{ ca = \"git.pem\", {Www} }}");

        Assert.Empty(loaded.Problems);
        var service = loaded.Map.Services.Single(service => service.Name == "it");
        var plan = service.Forward!.TlsTo!;
        Assert.Equal(Text("git.pem"), plan.CaText);
        Assert.Equal(Text("www.key"), plan.Certificate!.Key);
        Assert.Equal(plan.Certificate.Expires, service.CertificateExpires);
        Assert.DoesNotContain("BEGIN", MapText.Format(loaded.Map), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ca = \"www.key\"", "has no certificate, or a damaged one; it holds those of the CAs that sign the targets'")]
    [InlineData("certificate = \"www.pem\", key = \"git.key\"", "do not belong together")]
    [InlineData("certificate = \"www.pem\"", "can be read by other users")]
    public void Load_FilesForTargetsThatDoNotFit_IsRefused(string members, string message) => Assert.Contains(
        message,
        Assert.Single(LoadService($"forward = \"10.0.0.5:80\"\ntls_to = {{ {members} }}").Problems).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Load_ADisabledService_ReadsNoFile() =>
        Assert.Empty(Load("certificate = \"nosuch.pem\"", "enabled = false").Problems);

    [Theory]
    [InlineData("www.example.org", true)]
    [InlineData("a.example.org", false)]
    [InlineData("example.org", false)]
    [InlineData("a.git.example.org", true)]
    [InlineData("git.example.org", false)]
    [InlineData("a.b.git.example.org", false)]
    [InlineData("", false)]
    public void Name_OfACertificate_FitsAsInRfc9525(string asked, bool fits) =>
        Assert.Equal(fits, TlsCertificate.IsFor(["www.example.org", "*.git.example.org"], asked));

    private string FileOf(string name) => Path.Combine(_folder.Path, name);

    private string Text(string name) => File.ReadAllText(FileOf(name));

    private void Append(string name, string text) => File.AppendAllText(FileOf(name), text);

    private void SetMode(string name, UnixFileMode mode) => File.SetUnixFileMode(FileOf(name), mode);

    private static TlsPlan Plan(LoadResult loaded) => loaded.Map.Services.Single(service => service.Name == "it").Tls!;

    private string Problem(string members) => Assert.Single(Load(members).Problems, problem => problem.Severity == Severity.Error).Message;

    private LoadResult Load(string members, string more = "") => LoadService($"handler = \"echo\"\ntls = {{ {members} }}\n{more}");

    private LoadResult LoadService(string keys) =>
        MapFiles.Load(_folder.Write("map.toml", $"[ports]\n2005 = \"it\"\n7007 = \"echo\"\n[services.it]\n{keys}\n"));
}
