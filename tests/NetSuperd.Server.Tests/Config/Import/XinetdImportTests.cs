using NetSuperd.Server.Config.Import;

namespace NetSuperd.Server.Tests.Config.Import;

/// <summary>xinetd.conf and xinetd.d: the edges of their syntax, and the files that belong together.</summary>
public sealed class XinetdImportTests : IDisposable
{
    private const string Needed = "type = UNLISTED\nport = 4711\nsocket_type = stream\nwait = no\nuser = nobody\nserver = /bin/cat\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("only_from = 10.22.75.0", "allow = [\"10.22.75.0/24\"]")]
    [InlineData("only_from = 10.0.0.0 172.16.0.0", "allow = [\"10.0.0.0/8\", \"172.16.0.0/16\"]")]
    [InlineData("only_from = 0.0.0.0", "allow = [\"0.0.0.0/0\"]")]
    [InlineData("only_from = ::", "allow = [\"::/0\"]")]
    [InlineData("only_from = 192.0.2.9/24", "allow = [\"192.0.2.0/24\"]")]
    [InlineData("only_from = 192.0.2.{1,20}", "allow = [\"192.0.2.1\", \"192.0.2.20\"]")]
    [InlineData("only_from = 198.{51,52}", "allow = [\"198.51.0.0/16\", \"198.52.0.0/16\"]")]
    [InlineData("only_from = localhost", "allow = [\"127.0.0.1\", \"::1\"]")]
    [InlineData("only_from =", "allow = []")]
    [InlineData("only_from = host.example.net", "allow = []")]
    [InlineData("only_from = 192.0.2.1 192.0.2.2\nonly_from -= 192.0.2.2", "allow = [\"192.0.2.1\"]")]
    [InlineData("only_from = 192.0.2.1\nonly_from = 192.0.2.2", "allow = [\"192.0.2.2\"]")]
    [InlineData("only_from = 192.0.2.1 192.0.2.2\nno_access = 192.0.2.0", "allow = []")]
    [InlineData("no_access = 192.0.2.0", "deny = [\"192.0.2.0/24\"]")]
    [InlineData("access_times = 2:00-9:05 12:00-23:59", "times = [\"02:00-09:05\", \"12:00-24:00\"]")]
    [InlineData("cps = 25 30", "rate = \"25/s\"")]
    [InlineData("", "rate = \"50/s\"")]
    [InlineData("per_source = 5 # five", "max_per_source = 5")]
    [InlineData("instances = 5", "at_limit = \"refuse\"")]
    [InlineData("instances = UNLIMITED", "max_connections = \"unlimited\"")]
    [InlineData("rlimit_as = 8M", "limits = { as = \"8MiB\" }")]
    [InlineData("umask = 27", "umask = \"027\"")]
    [InlineData("groups = no", "groups = \"none\"")]
    [InlineData("redirect = 192.0.2.1 80", "forward = \"192.0.2.1:80\"")]
    [InlineData("redirect = 2001:db8::1 http", "forward = \"[2001:db8::1]:http\"")]
    [InlineData("redirect = www.example.net 80", "forward = \"www.example.net:80\"")]
    [InlineData("redirect = 192.0.2.1 80\nlog_on_success = HOST TRAFFIC", "log_fields = [\"bytes\", \"target\"]")]
    public void Run_Attribute_SetsTheKeyOfTheSamePurpose(string attribute, string key) =>
        Assert.Contains(key, Import(Service(attribute)).Text.Split('\n'));

    [Theory]
    [InlineData("", null)]
    [InlineData("log_on_success = PID HOST DURATION EXIT\nlog_on_failure = HOST", null)]
    [InlineData("log_on_success = HOST EXIT", "log_fields = [\"exit\"]")]
    [InlineData("log_on_failure = HOST", "log = \"refusals\"")]
    [InlineData("log_on_success =\nlog_on_failure = HOST", "log = \"refusals\"")]
    [InlineData("log_on_success =\nlog_on_failure =", "log = \"none\"")]
    public void Run_WhatXinetdLogged_IsLogged(string attributes, string? key) => Assert.Equal(
        key, Import(Service(attributes)).Text.Split('\n').FirstOrDefault(line => line.StartsWith("log", StringComparison.Ordinal)));

    [Theory]
    [InlineData("", "4711")]
    [InlineData("flags = IPv4", "\"0.0.0.0:4711\"")]
    [InlineData("flags = ipv6", "4711")]
    [InlineData("flags = IPv4 IPv6", "4711")]
    [InlineData("flags = IPv6\nv6only = no", "\"[::]:4711\"")]
    [InlineData("bind = 0.0.0.0", "\"0.0.0.0:4711\"")]
    [InlineData("bind = ::", "4711")]
    [InlineData("interface = 192.0.2.1", "\"192.0.2.1:4711\"")]
    [InlineData("bind = localhost\nflags = IPv6", "\"[::1]:4711\"")]
    public void Run_FamilyAndAddress_ListensWhereXinetdDid(string attributes, string socket) =>
        Assert.Contains($"{socket} = \"x\"", Import(Service(attributes)).Text.Split('\n'));

    [Theory]
    [InlineData("kafel_rule = /etc/policy")]
    [InlineData("no_access = host.example.net")]
    [InlineData("flags = LABELED")]
    [InlineData("flags = IDONLY\nlog_on_success = USERID")]
    [InlineData("flags = REUSE,NODELAY")]
    [InlineData("access_times = 22:00-6:00")]
    [InlineData("instances = 0")]
    [InlineData("disabled = yes")]
    [InlineData("disable = yes # for now")]
    [InlineData("nice=5")]
    [InlineData("env -= LANG=C")]
    [InlineData("server_args = cat\nflags = NAMEINARGS")]
    [InlineData("log_on_success = TRAFFIC")]
    [InlineData("max_load = 0")]
    [InlineData("max_load = -1")]
    [InlineData("redirect = 192.0.2.1 80\nwait = yes")]
    public void Run_ServiceThatXinetdFencedInOrLeftOut_IsDisabled(string attributes) =>
        Assert.Contains("enabled = false", Import(Service(attributes)).Text.Split('\n'));

    [Theory]
    [InlineData("only_from = 192.0.2.1")]
    [InlineData("no_access = 192.0.2.1")]
    [InlineData("only_from =")]
    public void Run_ProgramThatAcceptsClientsItself_WithAddresses_IsDisabled(string attribute) =>
        Assert.Contains(
            "enabled = false",
            Import(Service(attribute).Replace("wait = no", "wait = yes", StringComparison.Ordinal)).Text.Split('\n'));

    [Theory]
    [InlineData("deny_time = 60", "deny_time has no effect")]
    [InlineData("cps = 10", "'cps' has 1 value instead of 2")]
    [InlineData("redirect = 192.0.2.1 80\nnice = 3", "no program is started: a worker passes the connection on")]
    [InlineData("bind = localhost", "xinetd listened on one address of 'localhost'")]
    public void Run_AttributeWithoutEffect_IsReported(string attribute, string message) => Assert.Contains(
        Import(Service(attribute)).Findings, finding => finding.Message.StartsWith(message, StringComparison.Ordinal));

    [Fact]
    public void Run_NameInTheDefaults_IsReportedOnce()
    {
        var result = Import("defaults\n{\nonly_from = host.example.net 10.1\n}\n" + Service("")
            + Service("id = y\nport = 4712").Replace("port = 4711\n", "", StringComparison.Ordinal));

        Assert.Equal(2, result.DropIns.Length);
        Assert.Single(result.Findings, finding => finding.Message.Contains("host.example.net", StringComparison.Ordinal));
        Assert.Single(result.Findings, finding => finding.Message.Contains("'10.1'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("defaults\n{\nonly_from = 127.0.0.1\n}\n", "allow = [\"127.0.0.1\", \"192.0.2.1\"]")]
    [InlineData("defaults\n{\nonly_from = 127.0.0.1\nonly_from = 127.0.0.2\n}\n", "allow = [\"127.0.0.1\", \"127.0.0.2\", \"192.0.2.1\"]")]
    [InlineData("defaults\n{\nonly_from = 127.0.0.1\n}\ndefaults\n{\nonly_from = 127.0.0.2\n}\n", "allow = [\"127.0.0.1\", \"192.0.2.1\"]")]
    [InlineData("{\nmax_load = 3\nonly_from = 127.0.0.1\n}\n", "allow = [\"127.0.0.1\", \"192.0.2.1\"]")]
    public void Run_Defaults_AreWhatTheServiceAddsTo(string defaults, string key) =>
        Assert.Contains(key, Import(defaults + Service("only_from += 192.0.2.1")).Text.Split('\n'));

    [Fact]
    public void Run_FolderOfServices_HasTheDefaultsBesideItAndSkipsWhatXinetdSkips()
    {
        _folder.Write("xinetd.conf", "defaults\n{\nonly_from = 127.0.0.1\n}\n" + Service("port = 1"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "xinetd.d"));
        _folder.Write("xinetd.d/x", Service(""));
        _folder.Write("xinetd.d/y.rpmsave", Service(""));
        _folder.Write("xinetd.d/z~", Service(""));

        var result = MapFiles.Import(new ForeignPath(null, Path.Combine(_folder.Path, "xinetd.d")));

        Assert.Equal(["x"], result.DropIns.Select(service => service.Name));
        Assert.Contains("allow = [\"127.0.0.1\"]", result.Text.Split('\n'));
    }

    [Fact]
    public void Run_OtherText_IsRefused() =>
        Assert.NotEmpty(Import("-----BEGIN PGP MESSAGE-----\n\nhQEMA1\n=abcd\n").Problems);

    [Fact]
    public void Run_EndlessHeads_IsBounded() =>
        Assert.NotEmpty(Import(string.Concat(Enumerable.Repeat("service a\n", 100_000))).Problems);

    [Theory]
    [InlineData("{\n")]
    [InlineData("}\n")]
    [InlineData("{")]
    [InlineData("a b ")]
    public void Run_MegabytesOfBraces_AreRead(string part)
    {
        var result = Import(string.Concat(Enumerable.Repeat(part, (2 << 20) / part.Length)));

        Assert.InRange(result.Findings.Length + result.Problems.Length, 1, 30);
    }

    private static string Service(string attributes) => $"service x\n{{\n{attributes}\n{Needed}}}\n";

    private ImportResult Import(string text) => _folder.Import("xinetd.conf", text, ForeignFormat.Xinetd);
}
