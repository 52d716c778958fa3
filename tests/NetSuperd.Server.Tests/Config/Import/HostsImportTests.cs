using NetSuperd.Server.Config.Import;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config.Import;

public sealed class HostsImportTests : IDisposable
{
    private const string Wrapped = "finger stream tcp nowait nobody /usr/sbin/tcpd /bin/cat\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cat: 10.\n", "ALL: ALL\n", "allow = [\"10.0.0.0/8\"]")]
    [InlineData("cat: 10.1.\ncat: 10.: deny\n", "", "allow = [\"0.0.0.0/0\", \"::/0\", \"10.1.0.0/16\"]\ndeny = [\"10.0.0.0/8\"]")]
    [InlineData("cat: 10.: deny\ncat: 10.1.\n", "", "deny = [\"10.0.0.0/8\"]")]
    [InlineData("", "cat: .example.org\n", "allow = []")]
    [InlineData("cat: .example.org\n", "ALL: ALL\n", "allow = []")]
    [InlineData(
        "cat: ALL EXCEPT 10. EXCEPT 10.1.\n",
        "ALL: ALL\n",
        "allow = [\"0.0.0.0/0\", \"::/0\", \"10.1.0.0/16\"]\ndeny = [\"10.0.0.0/8\"]")]
    [InlineData("", "ALL: PARANOID\n", "rate")]
    [InlineData("ALL EXCEPT c?t: ALL\n", "c*: [2001:db8::]/32\n", "deny = [\"2001:db8::/32\"]")]
    [InlineData("", "ALL: 10.0.0.0/255.0.0.0\n", "deny = [\"10.0.0.0/8\"]")]
    [InlineData("", "ALL: 10.9.9.9/8\n", "deny = [\"10.0.0.0/8\"]")]
    [InlineData("ALL: 10.9.9.9/8\n", "ALL: ALL\n", "allow = []")]
    public void Import_WrappedService_DecidesAsTheFirstRuleThatMatches(string allow, string deny, string expected)
    {
        _folder.Write("hosts.allow", allow);
        _folder.Write("hosts.deny", deny);

        var text = Import("inetd.conf", Wrapped).Text;

        Assert.Contains($"user = \"nobody\"\n{expected}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_ListInAFile_IsRead()
    {
        var list = _folder.Write("list", "10.1.2.3 10.1.2.4\n\n192.0.2.\nname.example.org\n");
        _folder.Write("hosts.allow", $"ALL: {list} EXCEPT {list}.no\n");
        _folder.Write("hosts.deny", "ALL: ALL\n");

        var result = Import("inetd.conf", Wrapped);

        Assert.Contains("allow = [\"10.1.2.3\", \"10.1.2.4\", \"192.0.2.0/24\"]", result.Text, StringComparison.Ordinal);
        Assert.Contains(result.Findings, finding => $"{finding}".Contains("list:4:1: lost", StringComparison.Ordinal));
    }

    [Fact]
    public void Import_FilesOfThisHost_AreNotReadForAnotherFolder() =>
        Assert.Contains(Import("inetd.conf", Wrapped).Findings, finding =>
            finding.Outcome == Outcome.Lost && finding.Message.StartsWith("tcpd asked", StringComparison.Ordinal));

    [Fact]
    public void Import_FolderOfADaemon_HasTheRulesBesideIt()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "inetd.d"));
        _folder.Write("hosts.deny", "ALL: 10.\n");

        Assert.Contains("deny = [\"10.0.0.0/8\"]", Import("inetd.d/finger", Wrapped).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_ManyRules_EndsInTime()
    {
        _folder.Write("hosts.deny", string.Concat(Enumerable.Range(0, 10_000).Select(number =>
            $"ALL: 10.{number / 65536}.{number / 256 % 256}.{number % 256}\n")));

        Assert.Contains("\"10.0.39.15\"", Import("inetd.conf", Wrapped).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_LongLineOfExcept_IsRefused()
    {
        _folder.Write("hosts.deny", $"ALL: ALL {string.Concat(Enumerable.Repeat("EXCEPT 10. ", 100_000))}\n");

        Assert.Contains(Import("inetd.conf", Wrapped).Problems, problem => problem.Message.Contains("EXCEPT", StringComparison.Ordinal));
    }

    [Fact]
    public void Import_ManyContinuationLines_AreOneRule()
    {
        _folder.Write("hosts.deny", $"ALL: 10.\\\n{string.Concat(Enumerable.Repeat("\\\n", 100_000))}1.\n");

        Assert.Contains("deny = [\"10.1.0.0/16\"]", Import("inetd.conf", Wrapped).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4711 on protocol = tcp, exec = /bin/cat, args = cat, wait = no, user = nobody;\n", true)]
    [InlineData("4711 on protocol = tcp, exec = /bin/cat, args = /bin/cat, wait = no, user = nobody;\n", false)]
    [InlineData("4711 on protocol = tcp, exec = /bin/cat, args = cat, wait = yes, user = nobody;\n", false)]
    [InlineData("4711 on protocol = udp, exec = /bin/cat, args = cat, wait = yes, user = nobody;\n", false)]
    [InlineData("#\t$NetBSD: inetd.conf,v 1.65 $\n4711 stream tcp nowait nobody /bin/date cat\n", true)]
    [InlineData("4711 stream tcp nowait/10/20 nobody /bin/cat argv0\n", true)]
    [InlineData("#finger stream tcp nowait/3/10 nobody /bin/date\n4711 stream tcp nowait nobody /bin/cat\n", true)]
    [InlineData("tcpmux stream tcp nowait root internal\ntcpmux/+cat stream tcp nowait nobody /bin/cat\n", true)]
    [InlineData(":root:wheel:666:/run/x stream unix nowait root /bin/date\n4711 dgram udp wait nobody /bin/cat\n", true)]
    [InlineData("# $FreeBSD$\n4711 stream tcp nowait nobody /bin/date cat\n", false)]
    [InlineData("4711 stream tcp nowait nobody /bin/cat cat\n", false)]
    public void Import_InetdWithLibwrap_HasTheRulesOfTheNameThatItAsksFor(string entries, bool isAsked)
    {
        _folder.Write("hosts.deny", "cat: 10.\n");

        var text = Import("inetd.conf", entries).Text;

        Assert.Equal(isAsked, text.Contains("deny = [\"10.0.0.0/8\"]", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("# $FreeBSD$\necho stream tcp nowait root internal\n", true)]
    [InlineData("# $NetBSD$\necho stream tcp nowait root internal\n", false)]
    public void Import_InternalService_HasTheRulesOfItsNameInFreeBsd(string entries, bool isAsked)
    {
        _folder.Write("hosts.deny", "echo: 10.\n");

        var result = Import("inetd.conf", entries);

        Assert.Equal(isAsked, result.Text.Contains("deny = [\"10.0.0.0/8\"]", StringComparison.Ordinal));
    }

    [Fact]
    public void Import_InetdWithLibwrap_WithoutRulesBesideIt_SaysNothing() => Assert.DoesNotContain(
        Import("inetd.conf", "# $FreeBSD$\n4711 stream tcp nowait nobody /bin/cat\n").Findings, finding => finding.Outcome == Outcome.Lost);

    [Theory]
    [InlineData("ALL: [::1] 2001:db8::1\n", "ALL: ALL\n", "allow = []")]
    [InlineData("", "ALL: 10. 2001:db8::1/64, ::1\n", "deny = [\"10.0.0.0/8\"]")]
    [InlineData("", "ALL: [2001:db8::]/32 : deny\n", "deny = [\"2001:db8::/32\"]")]
    [InlineData("ALL: [::1] : setenv PEER \\:\\:1 : allow\n", "ALL: ALL\n", "allow = [\"::1\"]")]
    public void Import_AddressWithoutBrackets_IsOneLoss(string allow, string deny, string expected)
    {
        _folder.Write("hosts.allow", allow);
        _folder.Write("hosts.deny", deny);

        var result = Import("inetd.conf", Wrapped);

        Assert.Contains(expected, result.Text, StringComparison.Ordinal);
        Assert.True(result.Findings.Count(finding => finding.Outcome == Outcome.Lost) <= 1);
    }

    [Theory]
    [InlineData("<!DOCTYPE html>\n<html>\n<p>Moved: see other page</p>\n</html>\n")]
    [InlineData("Not found\n")]
    public void Import_FileThatHasNoRule_IsRefused(string text)
    {
        Assert.Contains(Import("hosts.allow", text).Problems, problem => problem.Severity == Severity.Error);
        Assert.Empty(Import("inetd.conf", Wrapped).Problems);
    }

    private ImportResult Import(string name, string text) => _folder.Import(name, text);
}
