using NetSuperd.Server.Config.Import;

namespace NetSuperd.Server.Tests.Config.Import;

/// <summary>What inetd did not serve is not served, and every entry that is left out has a line in the report.</summary>
public sealed class InetdImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("127.0.0.1:4711 stream tcp6 nowait nobody /bin/cat\n", 1)]
    [InlineData("0.0.0.0:4711 dgram udp6 wait nobody /bin/cat\n", 1)]
    [InlineData("[::1]:\n4711 stream tcp4 nowait nobody /bin/cat\n", 2)]
    [InlineData("4711 on bind = 127.0.0.1, protocol = tcp6, exec = /bin/cat, user = nobody, wait = no;\n", 1)]
    [InlineData("no-such-host:\n4710 stream tcp nowait nobody /bin/date\n4711 stream tcp nowait nobody /bin/cat\n", 3)]
    [InlineData("4711 stream tcp6/faith nowait nobody /bin/cat\n", 1)]
    [InlineData("4711 stream faith/tcp6 nowait nobody /bin/cat\n", 1)]
    [InlineData("4711 on bind = , exec = /bin/cat, user = nobody, wait = no;\n", 1)]
    [InlineData("4711 on exec = /bin/cat, user = nobody, wait = maybe, wait = yes;\n", 1)]
    [InlineData("4711 on exec = /bin/cat, user = nobody, wait = no, user = root;\n", 1)]
    [InlineData("4711 on exec = /bin/cat, user = nobody, wait = no, ip_max = ten;\n", 1)]
    [InlineData("127.0.0.1:4711 on bind = ::1, exec = /bin/cat, user = nobody, wait = no;\n", 1)]
    public void Import_EntryThatInetdCouldNotServe_IsALossAndNoSocket(string entries, int line)
    {
        var result = Import(entries);

        Assert.DoesNotContain("4711", result.Text, StringComparison.Ordinal);
        Assert.Contains(result.Findings, finding => finding.Outcome == Outcome.Lost && finding.At.Line == line);
    }

    [Theory]
    [InlineData("4711 on protocol = tcp, user = nobody, wait = no exec = /bin/cat;\n", "'exec'")]
    [InlineData("4711 on protocol = tcp, user = nobody wait=no, exec = /bin/cat;\n", "'wait'")]
    [InlineData("4711 on protocol = tcp, user = nobody, wait = no, args = cat exec=/bin/cat;\n", "'exec'")]
    [InlineData("4711 on protocol = tcp, user = nobody, wait = no\n4712 on exec = /bin/cat, user = nobody, wait = no;\n", "'4712'")]
    public void Import_ForgottenSeparator_IsNamed(string entry, string key)
    {
        var lost = Assert.Single(Import(entry).Findings, finding => finding.Outcome == Outcome.Lost);

        Assert.Contains($"missing before {key}", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_ArgumentWithAnEqualsSign_IsOneArgument() => Assert.Contains(
        "exec = [\"/bin/cat\", \"--user=x\", \"a=b\"]",
        Import("4711 on exec = /bin/cat, args = cat --user=x a=b, user = nobody, wait = no;\n").Text,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("nowait:0", true)]
    [InlineData("nowait.0", true)]
    [InlineData("wait:0", true)]
    [InlineData("nowait/0", false)]
    [InlineData("nowait:10", false)]
    public void Import_LimitOf0_LetsNoClientInExceptInFreeBsd(string wait, bool isClosed)
    {
        var result = Import($"4711 stream tcp {wait} nobody /bin/cat\n");

        Assert.Equal(isClosed, result.Text.Contains("allow = []", StringComparison.Ordinal));
        Assert.DoesNotContain("wait = true", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_OptionOfTheProtocol_IsALoss()
    {
        var result = Import("4711 stream tcp/ttcp nowait nobody /bin/cat\n");

        Assert.Contains("\"0.0.0.0:4711\" = \"cat\"", result.Text, StringComparison.Ordinal);
        Assert.Contains(result.Findings, finding => finding.Outcome == Outcome.Lost && finding.Message.Contains("'/ttcp'"));
    }

    [Theory]
    [InlineData("bin/cat", "exec = [\"/bin/cat\"]", false)]
    [InlineData("cat", "exec = [\"/usr/bin/cat\"]", true)]
    [InlineData("tcpd /bin/cat", "exec = [\"/bin/cat\"]", true)]
    public void Import_ProgramWithoutASlash_DidNotStart_AndIsDisabled(string program, string exec, bool isOff)
    {
        var result = Import($"4711 stream tcp nowait root {program}\n");

        Assert.Contains(exec, result.Text, StringComparison.Ordinal);
        Assert.Equal(isOff, result.Text.Contains("enabled = false", StringComparison.Ordinal));
        Assert.Equal(isOff, result.Findings.Any(finding => finding.Message.Contains("has no path", StringComparison.Ordinal)));
    }

    private ImportResult Import(string text) => _folder.Import("inetd.conf", text);
}
