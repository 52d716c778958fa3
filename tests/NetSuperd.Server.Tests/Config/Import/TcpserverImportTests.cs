using NetSuperd.Server.Config.Import;

namespace NetSuperd.Server.Tests.Config.Import;

public sealed class TcpserverImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("tcpserver -v 0 25 cat", "\"0.0.0.0:25\" = \"cat\"")]
    [InlineData("tcpserver 127.0.0.1 8025 /bin/cat", "\"127.0.0.1:8025\" = \"cat\"")]
    [InlineData("tcpserver -6 0 8025 /bin/cat", "\"[::]:8025\" = \"cat\"")]
    [InlineData("tcpserver 0 8025 /bin/cat", "max_connections = 40")]
    [InlineData("tcpsvd 0 8025 /bin/cat", "max_connections = 30")]
    [InlineData("tcpserver -c9 0 8025 /bin/cat", "max_connections = 9")]
    [InlineData("tcpserver -Db7 0 8025 /bin/cat", "{ service = \"cat\", nodelay = true, backlog = 7 }")]
    [InlineData("udpsvd 0 8025 /bin/cat", "\"0.0.0.0:8025/udp\" = \"cat\"")]
    [InlineData("softlimit -o 9 tcpserver 0 8025 setuidgid nobody cat", "limits = { nofile = \"9\" }")]
    [InlineData("env A=1 tcpserver -l x 0 8025 cat", "env = { A = \"1\", TCPLOCALHOST = \"x\" }")]
    [InlineData("tcpserver 0 8025 argv0 cat name -n", "argv0 = \"name\"")]
    [InlineData("sslserver 0 8025 /bin/cat", "enabled = false")]
    [InlineData("tcpserver -x x.cdb 0 8025 /bin/cat", "enabled = false")]
    [InlineData("tcpserver 0 $PORT /bin/cat", "enabled = false")]
    public void Import_CommandLine_IsAService(string line, string expected)
    {
        var result = MapFiles.Import(new ForeignPath(null, line));

        Assert.Empty(result.Problems);
        Assert.Contains(expected, result.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(":deny\n127.:allow\n", "allow = [\"127.0.0.0/8\"]")]
    [InlineData("10.:deny\n10.1.:allow\n", "allow = [\"10.1.0.0/16\", \"0.0.0.0/0\", \"::/0\"]\ndeny = [\"10.0.0.0/8\"]")]
    [InlineData("10.1.2.7-8:deny\n", "deny = [\"10.1.2.7\", \"10.1.2.8\"]")]
    [InlineData("=bad.example.org:deny\n10.:allow\n10.1.1.1:allow\n", "allow = [\"10.1.1.1\"]")]
    [InlineData("=good.example.org:allow\n:deny\n", "allow = []")]
    [InlineData("joe@10.1.1.1:deny\n", "deny = [\"10.1.1.1\"]")]
    [InlineData("0.0.0.0:allow\n:deny\n", "allow = []")]
    [InlineData("10.0.0.0/8:deny\n", "deny = [\"10.0.0.0/8\"]")]
    [InlineData("10.0.0.0/8:allow\n:deny\n", "allow = []")]
    [InlineData(":allow,A=\"1\",B=/2/\n10.:allow,A=\"1\"\n", "env = { A = \"1\" }")]
    [InlineData(
        ":allow,A=\"1\",B=/2/\n10.:allow,A=\"1\"\n",
        "clients = [{ from = [\"10.0.0.0/8\"], env = {} }, { from = [\"0.0.0.0/0\", \"::/0\"], env = { B = \"2\" } }]")]
    [InlineData("10.:allow,A=\"1\"\n", "clients = [{ from = [\"10.0.0.0/8\"], env = { A = \"1\" } }]")]
    [InlineData("10.:allow,A=\"1\"\n:deny\n", "env = { A = \"1\" }")]
    [InlineData(
        "10.:allow,A=\"1\"\n10.2.:allow,A=\"2\"\n",
        "clients = [{ from = [\"10.2.0.0/16\"], env = { A = \"2\" } }, { from = [\"10.0.0.0/8\"], env = { A = \"1\" } }]")]
    public void Import_Rules_HoldForTheSameClients(string rules, string expected)
    {
        _folder.Write("tcp", rules);

        Assert.Contains(expected, Import("tcpserver -R -H -u 65534 -x tcp.cdb 0 8025 /bin/cat\n").Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cd /usr\ntcpserver 0 8025 /bin/cat\ncd /tmp\n", "cwd = \"/usr\"")]
    [InlineData("(cd /tmp; echo)\ncd /usr\ntcpserver 0 8025 /bin/cat\n", "cwd = \"/usr\"")]
    [InlineData("cd /usr\ncd bin\ntcpserver 0 8025 /bin/cat\n", "cwd = \"/usr/bin\"")]
    public void Import_ChangesOfTheFolder_HoldForWhatFollowsThem(string script, string expected) =>
        Assert.Contains(expected, Import(script).Text, StringComparison.Ordinal);

    [Fact]
    public void Import_CleanScript_LosesNothing() => Assert.DoesNotContain(
        Import("#!/bin/sh\nexec 2>&1\nexec env -i A=1 tcpserver -RHl0 -u 65534 -g 65534 127.0.0.1 8025 /bin/cat\n").Findings,
        finding => finding.Outcome == Outcome.Lost);

    [Fact]
    public void Import_LongScript_EndsInTime()
    {
        var script = "A=" + string.Concat(Enumerable.Repeat("$A`", 100_000)) + "\nB=" + new string('"', 100_000) + "\n"
            + string.Concat(Enumerable.Repeat("tcpserver 0 80 \\\n", 100_000)) + "\n";

        Assert.NotEmpty(Import(script).Findings);
    }

    [Theory]
    [InlineData("su a -c 'tcpserver' \\\n")]
    [InlineData("su a -c 'tcpserver'\\'' \\\n")]
    [InlineData("su a -c 'tcpserver 0 1 x\n")]
    [InlineData("cat <<A <<B 'x\n")]
    [InlineData("if (f() { case x in $((\n")]
    public void Import_ManyQuotesAndBrackets_EndInTime(string part) =>
        Assert.NotNull(Import("tcpserver 0 80 x\n" + string.Concat(Enumerable.Repeat(part, 50_000))).Text);

    [Fact]
    public void Import_ManyRules_EndInTime()
    {
        _folder.Write("tcp", string.Concat(Enumerable.Range(0, 10_000).Select(number =>
            $"10.{number / 65536}.{number / 256 % 256}.{number % 256}:deny,A=\"{number}\"\n")));

        Assert.Contains("\"10.0.39.15\"", Import("tcpserver -x tcp.cdb 0 8025 /bin/cat\n").Text, StringComparison.Ordinal);
    }

    private ImportResult Import(string script) => _folder.Import("run", script, ForeignFormat.Tcpserver);
}
