using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config.Import;

/// <summary>The key <c>import</c> of a map: files of other programs that are read at every load.</summary>
public sealed class LiveImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Accepts_AnInetdConf_WithPositionsInIt()
    {
        _folder.Write("inetd.conf", "# one service\n127.0.0.1:4711 stream tcp nowait nobody /bin/cat cat -u\n");

        var port = Assert.Single(Load("import = [\"inetd:inetd.conf\"]\n").Map.Ports);

        Assert.Equal("127.0.0.1:4711/tcp", port.Key.Text);
        Assert.Equal("cat", port.Service.Name);
        Assert.Equal(["-u"], port.Service.Program!.Arguments);
        Assert.EndsWith("/inetd.conf:2:11", $"{port.At}");
    }

    [Fact]
    public void Accepts_AServiceBehindTcpd_WithTheRulesOfThisSystem()
    {
        _folder.Write("inetd.conf", "4711 stream tcp nowait nobody /usr/sbin/tcpd /bin/cat\n");
        _folder.Write("hosts.deny", "ALL: 192.0.2.\n");
        _folder.Write("etc/hosts.deny", "ALL: 10.\n");
        var map = _folder.Write("map.toml", "import = [\"inetd:inetd.conf\"]\n");

        var loaded = MapFiles.Load(map, MapFiles.Root with { HostsAccess = Path.Combine(_folder.Path, "etc") });

        Assert.Equal("10.0.0.0/8", Assert.Single(Assert.Single(loaded.Map.Ports).Service.Admission.Deny).Text);
        Assert.Empty(loaded.Problems);
    }

    [Fact]
    public void Accepts_ServicesOfXinetd()
    {
        _folder.Write(
            "xinetd.d/cat",
            "service cat\n{\ntype = UNLISTED\nport = 4711\nsocket_type = stream\nwait = no\nuser = nobody\nserver = /bin/cat\n"
            + "only_from = 10.0.0.0/8\n}\n");

        var port = Assert.Single(Load("import = [\"xinetd:xinetd.d/*\"]\n").Map.Ports);

        Assert.Equal("10.0.0.0/8", Assert.Single(port.Service.Admission.Allow!.Value).Text);
        Assert.Contains("/xinetd.d/cat:", $"{port.At}", StringComparison.Ordinal);
    }

    [Fact]
    public void Accepts_AFileThatHasLost_WithAWarning()
    {
        _folder.Write("inetd.conf", "4711 stream tcp nowait nobody /bin/cat cat\nrusersd/1-3 dgram rpc/udp wait root /bin/cat cat\n");

        var loaded = Load("import = [\"inetd:inetd.conf\"]\n");

        var warning = Assert.Single(loaded.Problems);
        Assert.Equal(Severity.Warning, warning.Severity);
        Assert.EndsWith("/inetd.conf:2:1", $"{warning.At}");
    }

    [Theory]
    [InlineData("\"127.0.0.1:4711\" = \"echo\"")]
    [InlineData("\"127.0.0.1:4710-4712\" = \"echo\"")]
    public void Accepts_APortThatTheMapHas_ForTheMapAlone(string entry)
    {
        _folder.Write("inetd.conf", "127.0.0.1:4711 stream tcp nowait nobody /bin/cat cat\n4713 stream tcp nowait nobody /bin/date date\n");

        var loaded = Load($"import = [\"inetd:inetd.conf\"]\n[ports]\n{entry}\n");

        Assert.Contains("the map has it, and this entry is left out", Assert.Single(loaded.Problems).Message, StringComparison.Ordinal);
        Assert.Equal(["echo", "date"], loaded.Map.Ports.Select(port => port.Service.Name).Distinct());
    }

    [Theory]
    [InlineData("4711 stream tcp nowait nobody /bin/no-such-program x", "no program")]
    [InlineData("4711 stream tcp nowait no-such-user /bin/cat cat", "no user")]
    public void Accepts_AServiceThatThisSystemCannotServe_AsFailedAlone(string line, string what)
    {
        _folder.Write("inetd.conf", line + "\n4712 stream tcp nowait nobody /bin/cat cat\n");

        var loaded = Load("import = [\"inetd:inetd.conf\"]\n");

        Assert.Contains(what, Assert.Single(loaded.Problems).Message, StringComparison.Ordinal);
        Assert.Equal([true, false], loaded.Map.Ports.Select(port => port.Service.Unavailable is not null));
    }

    [Theory]
    [InlineData("4711 stream tcp,sndbuf=64kb nowait nobody /bin/cat cat", "send_buffer", 2)]
    [InlineData("4711 stream tcp nowait/200000000 nobody /bin/cat cat", "max_connections", 2)]
    [InlineData("run/x.sock stream unix nowait nobody /bin/cat cat", "x", 1)]
    public void Accepts_AWrongValue_WithoutIt(string line, string what, int ports)
    {
        _folder.Write("inetd.conf", line + "\n4712 stream tcp nowait nobody /bin/date date\n");

        var loaded = Load("import = [\"inetd:inetd.conf\"]\n");

        Assert.False(loaded.HasErrors);
        Assert.Contains(what, Assert.Single(loaded.Problems).Message, StringComparison.Ordinal);
        Assert.Equal(ports, loaded.Map.Ports.Length);
    }

    [Fact]
    public void Accepts_ThousandsOfServicesOfOneName_InTime()
    {
        _folder.Write("inetd.conf", string.Concat(Enumerable.Range(1, 4000)
            .Select(number => $"{20_000 + number} stream tcp nowait nobody /bin/cat cat {number}\n")));

        var map = Load("import = [\"inetd:inetd.conf\"]\n").Map;

        Assert.Equal("cat-3999", map.Ports[^1].Service.Name);
        Assert.Equal(4000, map.Services.Select(service => service.Name).Distinct().Count());
    }

    [Fact]
    public void Accepts_AWrongSocketOfSeveral_WithoutItAlone()
    {
        _folder.Write(
            "x.socket", "[Socket]\nListenStream=127.0.0.1:4711\nListenStream=127.0.0.1:4712\nAccept=yes\nBindToDevice=no such device\n");
        _folder.Write("x@.service", "[Service]\nExecStart=/bin/cat\nStandardInput=socket\nUser=nobody\nNice=-30\n");

        var loaded = Load("import = [\"systemd:x.socket\"]\n[ports]\n4713 = \"echo\"\n");

        Assert.False(loaded.HasErrors);
        Assert.Single(loaded.Map.Ports);
        Assert.Contains(loaded.Problems, problem => problem.Message.StartsWith("the value of nice is left out: "));
    }

    [Fact]
    public void Accepts_ADisabledEntry_WithoutAServiceOfItsName()
    {
        _folder.Write("inetd.conf", "#echo stream tcp nowait root internal\n4711 stream tcp nowait nobody /bin/cat cat\n");

        var map = Load("import = [\"inetd:inetd.conf\"]\n[ports]\n4712 = \"echo\"\n").Map;

        Assert.All(map.Services, service => Assert.True(service.Enabled));
        Assert.Equal(["echo", "cat"], map.Ports.Select(port => port.Service.Name));
    }

    [Theory]
    [InlineData("[ports]\n4712 = \"custom\"\n")]
    [InlineData("[ports]\n4712 = { service = \"custom\" }\n")]
    [InlineData("[ports]\n4712 = \"custom\"\n[services.custom]\nhandler = \"echo\"\n")]
    public void Accepts_AnEntryWithANameOfTheMap_WhichMeansTheSameAsBefore(string map)
    {
        _folder.Write("inetd.conf", "4711 stream tcp nowait nobody /bin/cat cat\n4713 stream tcp nowait nobody /usr/bin/custom custom\n");

        var loaded = Load("import = [\"inetd:inetd.conf\"]\n" + map);

        Assert.Null(loaded.Map.Ports.Single(port => port.Key.Number == 4712).Service.Program);
        Assert.Equal("custom-tcp", loaded.Map.Ports.Single(port => port.Key.Number == 4713).Service.Name);
    }

    [Fact]
    public void Accepts_APattern_WithEveryFileThatMatches()
    {
        _folder.Write("a.conf", "4711 stream tcp nowait nobody /bin/cat cat\n");
        _folder.Write("b.conf", "4712 stream tcp nowait nobody /bin/date date\n");

        Assert.Equal([4711u, 4712u], Load("import = [\"inetd:*.conf\"]\n").Map.Ports.Select(port => port.Key.Number));
    }

    [Theory]
    [InlineData("import = \"inetd:inetd.conf\"", "array of strings")]
    [InlineData("import = [\"/etc/inetd.conf\"]", "a format and a path")]
    [InlineData("import = [\"initd:/etc/inetd.conf\"]", "a format and a path")]
    [InlineData("import = [\"inetd:\"]", "a format and a path")]
    [InlineData("import = [\"inetd:a\\u0000b\"]", "a format and a path")]
    [InlineData("import = [\"inetd:no-such-file\"]", "there is no such file")]
    [InlineData("import = [\"inetd:cipher\"]", "this is no inetd.conf")]
    [InlineData("[ports]\n4711 = \"echo\"\nimport = [\"inetd:inetd.conf\"]", "above the first header")]
    public void Rejects_AWrongImport(string map, string message)
    {
        _folder.Write("inetd.conf", "4711 stream tcp nowait nobody /bin/cat cat\n");
        _folder.Write("cipher", "-----BEGIN PGP MESSAGE-----\nhQEMA4q1\n=abcd\n-----END PGP MESSAGE-----\n");

        var loaded = Load(map + "\n");

        Assert.Contains(
            loaded.Problems, problem => problem.Severity == Severity.Error && problem.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Rejects_AFileThatOtherUsersCanWrite_AsRoot()
    {
        var file = _folder.Write("inetd.conf", "4711 stream tcp nowait nobody /bin/cat cat\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        var map = _folder.Write("map.toml", "import = [\"inetd:inetd.conf\"]\n");

        var loaded = MapLoader.Load(MapFiles.Request(map) with { IsRoot = true }, MapFiles.Root);

        Assert.Contains(
            loaded.Problems, problem => problem.Severity == Severity.Error
                && problem.Message.Contains("inetd.conf can be written by other users", StringComparison.Ordinal));
    }

    private LoadResult Load(string map) => MapFiles.Load(_folder.Write("map.toml", map), MapFiles.Root);
}
