using System.Net;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

public sealed class MapLoaderTests
{
    [Fact]
    public void Load_PortsAlone_NeedsNoFile()
    {
        var result = MapLoader.Load(MapFiles.Request(null, "2005=custom", "[::1]:7/udp=echo", "/run/a=b.sock=echo"), MapFiles.Plain);

        Assert.Empty(result.Problems);
        Assert.Equal(["2005/tcp", "[::1]:7/udp", "/run/a=b.sock"], result.Map.Ports.Select(port => port.Key.Text));
        Assert.Equal(["custom", "echo"], result.Map.Services.Select(service => service.Handler));
        Assert.Equal("/opt/netsuperd/plugins", result.Map.Daemon.Plugins);
        Assert.Equal("--port 2005=custom", result.Map.Ports[0].Service.HandlerAt.ToString());
    }

    [Theory]
    [InlineData("\"[fe80::1%nosuchif0]:7\" = \"echo\"", "refuse")]
    [InlineData("7 = { service = \"echo\", device = \"nosuchif0\" }", "skip")]
    public void Check_AnInterfaceThatThisHostDoesNotHave_IsAWarning(string port, string word)
    {
        using var folder = new TemporaryFolder();
        var request = MapFiles.Request(folder.Write("map.toml", $"[ports]\n{port}\n[daemon]\non_unavailable = \"{word}\"\n"));

        var problem = Assert.Single(MapLoader.Load(request with { ToRun = false }, MapFiles.Plain).Problems);

        Assert.Equal((Severity.Warning, 2), (problem.Severity, problem.At.Line));
        Assert.Contains("no network interface 'nosuchif0'", problem.Message, StringComparison.Ordinal);
        Assert.Empty(MapLoader.Load(request, MapFiles.Plain).Problems);
    }

    [Fact]
    public void Load_PositionsOfAFile_AreNotComparedByItsText()
    {
        // Ports and services have their positions: with the text in their hashes, a look-up of each would read the whole file again.
        var (one, other) = (new SourceText("f", "7 = \"echo\""), new SourceText("f", "7 = \"echo\""));

        Assert.NotEqual(one, other);
        Assert.NotEqual(new Position(one, 1, 1), new Position(other, 1, 1));
        Assert.Equal(new Position(one, 1, 1), new Position(one, 1, 1));
    }

    [Theory]
    [InlineData("2005")]
    [InlineData("=echo")]
    [InlineData("2005=")]
    [InlineData("0=echo")]
    [InlineData("2005=a b")]
    [InlineData("")]
    public void Rejects_PortArgument_UnderItsOwnName(string argument)
    {
        var problem = Assert.Single(MapLoader.Load(MapFiles.Request(null, "7=echo", argument), MapFiles.Plain).Problems);

        Assert.StartsWith($"--port {argument}: error: ", ProblemText.Format(problem), StringComparison.Ordinal);
    }

    [Fact]
    public void Rejects_PortArgumentThatTheMapHas_NamingBothPlaces()
    {
        using var folder = new TemporaryFolder();
        var map = folder.Write("map.toml", "[ports]\n7 = \"echo\"\n");

        var problem = Assert.Single(MapLoader.Load(MapFiles.Request(map, "echo=discard"), MapFiles.Plain).Problems);

        Assert.Equal($"--port echo=discard: error: 'echo' is the same socket as '7' at {map}:2:1", ProblemText.Format(problem));
    }

    [Fact]
    public void Rejects_NeitherFileNorPort() => Assert.True(MapLoader.Load(MapFiles.Request(null), MapFiles.Plain).HasErrors);

    [Theory]
    [InlineData("/nonexistent/netsuperd.toml")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/etc")]
    [InlineData("/etc/passwd/x")]
    [InlineData("a\0b")]
    public void Rejects_FileThatCannotBeRead_AsMissing(string file)
    {
        var result = MapLoader.Load(MapFiles.Request(file, "7=echo"), MapFiles.Plain);

        Assert.True(result.FileMissing);
        Assert.Equal(0, Assert.Single(result.Problems).At.Line);
    }

    [Fact]
    public void Load_ByteOrderMark_IsNoColumn() =>
        Assert.EndsWith(
            ":1:1: error: unknown key 'x'\n    1 | x = 1\n      | ^",
            ProblemText.Format(Assert.Single(MapFiles.LoadText("\ufeffx = 1\n[ports]\n7 = \"echo\"\n").Problems)),
            StringComparison.Ordinal);

    [Fact]
    public void Rejects_FileWithoutEnd()
    {
        var result = MapFiles.Load("/dev/zero");

        Assert.False(result.FileMissing);
        Assert.Contains("16 MiB", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_LinesThatEndAsOnWindows_HaveTheirPositions()
    {
        const string Map = "\ufeff[log]\r\ntarget = \"file\"\r\nfile = 'C:\\netsuperd.log'\r\n[ports]\r\n7 = \"echo\"\r\n  8 = 9\r\n";
        var result = MapFiles.LoadText(Map);
        var problem = ProblemText.Format(Assert.Single(result.Problems));
        Assert.Contains("map.toml:6:7: error: ", problem, StringComparison.Ordinal);
        Assert.EndsWith("6 | 8 = 9\n      |     ^", problem, StringComparison.Ordinal);
        Assert.EndsWith(@"C:\netsuperd.log", result.Map.Log.File, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_IncludedFiles_ComeInByteOrder()
    {
        var result = MapFiles.Load(Path.Combine(MapFiles.Fixtures, "accepts-included-files-in-byte-order.toml"));

        Assert.Equal([7, 110, 109, 101], result.Map.Ports.Select(port => port.Key.Number));
    }

    [Fact]
    public void Load_Values_ReachTheRecords()
    {
        var map = MapFiles.Accept("""
            [daemon]
            pid_file = "a/../x.pid"
            drain = "1500ms"
            drain_children = "leave"
            restart_linger = "2h"
            on_unavailable = "skip"
            [log]
            level = "warning"
            [ports]
            "/run/x.sock" = { service = "child", mode = "0640", owner = "root", group = 5, backlog = 9 }
            8 = { service = "child", name = "web", send_buffer = "2KiB", defer_accept = "3s", keepalive = false }
            [services.child]
            exec = ["/bin/sh", "-c", "true"]
            umask = "027"
            env = { B = "2", A = "1" }
            """);

        Assert.EndsWith("/x.pid", map.Daemon.PidFile, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromMilliseconds(1500), map.Daemon.Drain);
        Assert.Equal((DrainChildren.Leave, TimeSpan.FromHours(2)), (map.Daemon.DrainChildren, map.Daemon.RestartLinger));
        Assert.Equal(OnUnavailable.Skip, map.Daemon.OnUnavailable);
        Assert.Equal(LogThreshold.Warning, map.Log.Level);
        var (unix, tcp) = (map.Ports[0], map.Ports[1]);
        Assert.Equal(
            (Transport.UnixStream, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, 0u, 5u, 9),
            (unix.Key.Transport, unix.Mode, unix.Owner, unix.Group, unix.Backlog));
        Assert.Equal(
            ("web", 2048, TimeSpan.FromSeconds(3), false, null),
            (tcp.Name, tcp.SendBuffer, tcp.DeferAccept, tcp.KeepAlive.IsOn, tcp.Backlog));
        Assert.Same(unix.Service, tcp.Service);
        var program = tcp.Service.Program!;
        Assert.Equal(("/bin/sh", "/bin/sh", "/", 0b000_010_111), (program.Path, program.Argv0, program.Cwd, program.Umask));
        Assert.Equal(["-c", "true"], program.Arguments);
        Assert.Equal(["A", "B"], program.Env.Keys);
    }

    [Fact]
    public void Load_Defaults_AreReplacedWholeByTheServicesOwn()
    {
        var map = MapFiles.Accept("""
            defaults = { env = { A = "1" }, umask = "077" }
            [ports]
            1 = "one"
            2 = "two"
            [services]
            one = { exec = ["/bin/sh"] }
            two = { exec = ["/bin/sh"], env = { B = "2" } }
            """);

        Assert.Equal(["A"], map.Services[0].Program!.Env.Keys);
        Assert.Equal(["B"], map.Services[1].Program!.Env.Keys);
        Assert.All(map.Services, service => Assert.Equal(0b000_111_111, service.Program!.Umask));
    }

    [Fact]
    public void Load_DefaultEnabled_HoldsForHandlersWithoutTable()
    {
        var map = MapFiles.Accept("[defaults]\nenabled = false\n[ports]\n7 = \"echo\"\n8 = \"on\"\n[services.on]\nhandler = \"echo\"\n"
            + "enabled = true\n");

        Assert.Equal(8u, Assert.Single(map.Ports).Key.Number);
    }

    [Fact]
    public void Load_Settings_CarryTheirPlaces()
    {
        var settings = MapFiles.Accept("[ports]\n7 = \"a\"\n[services.a]\nhandler = \"echo\"\n"
            + "settings.size = \"64KiB\"\n").Services[0].Settings;

        Assert.Equal(65536, settings.GetSize("size"));
        var position = Assert.Throws<SettingsException>(() => settings.GetInteger("size")).Position;
        Assert.Equal((5, 17, 7), (position!.Value.Line, position.Value.Column, position.Value.Length));
    }

    [Theory]
    [InlineData("7 = 'a'\n'192.0.2.1:7' = 'a'", "7/tcp 192.0.2.1:7/tcp")]
    [InlineData("7 = 'a'\n'[2001:db8::1]:7' = 'a'", "7/tcp [2001:db8::1]:7/tcp")]
    [InlineData("'0.0.0.0:7' = 'a'\n'192.0.2.1:7' = 'a'\n'[::]:7' = 'a'", "0.0.0.0:7/tcp 192.0.2.1:7/tcp")]
    [InlineData("'[::]:7' = 'a'\n'192.0.2.1:7' = 'a'", "")]
    [InlineData("7 = 'a'\n'192.0.2.1:7/udp' = 'a'\n'192.0.2.1:8' = 'a'", "")]
    [InlineData("'192.0.2.1:7' = 'a'\n'192.0.2.2:7' = 'a'", "")]
    public void Load_EveryAddressBesideOne_SharesTheNumber(string ports, string sharing)
    {
        var map = MapFiles.Accept($"[ports]\n{ports}\n");

        Assert.Equal(sharing, string.Join(' ', map.Ports.Where(port => port.SharesNumber).Select(port => port.Key.Text)));
        Assert.All(map.Ports, port => Assert.False(port.ReusePort));
    }

    [Theory]
    [InlineData(false, false, false, 2)]
    [InlineData(true, false, false, 0)]
    [InlineData(false, true, false, 0)]
    [InlineData(false, false, true, 0)]
    public void Warns_OfPrivilegedPorts_InCheckWithoutTheRight(bool toRun, bool isRoot, bool mayBind, int warnings)
    {
        var request = MapFiles.Request(null, "7=echo", "192.0.2.1:1023/udp=echo", "1024=echo", "/run/x.sock=echo") with
        {
            ToRun = toRun,
            IsRoot = isRoot,
        };

        var result = MapLoader.Load(request, MapFiles.Plain with { MayBindAny = mayBind });

        Assert.Equal(warnings, result.Problems.Count(problem => problem.Severity == Severity.Warning));
        Assert.False(result.HasErrors);
    }

    [Fact]
    public void Load_ImpliedService_StandsWhereTheValueStands()
    {
        var service = Assert.Single(MapFiles.Accept("[ports]\n7 = \"echo\"\n8 = \"echo\"\n").Services);

        Assert.Equal(("echo", "echo", 2, 5), (service.Name, service.Handler, service.HandlerAt.Line, service.HandlerAt.Column));
    }

    [Fact]
    public void Load_DefinedService_StandsAtItsHeaderAndItsHandlerAtTheValue()
    {
        var service = Assert.Single(MapFiles.Accept("[ports]\n7 = \"a\"\n[services.a]\nhandler = \"echo\"\n").Services);

        Assert.Equal((3, 11, 4, 11), (service.At.Line, service.At.Column, service.HandlerAt.Line, service.HandlerAt.Column));
    }

    [Fact]
    public void Load_RelativePaths_BeginAtTheFolderOfTheMap()
    {
        using var folder = new TemporaryFolder();
        var map = folder.Write(
            "map.toml",
            "[daemon]\npid_file = \"run/x.pid\"\nplugins = \"../p\"\n[log]\ntarget = \"file\"\nfile = \"log\"\n[ports]\n7 = \"echo\"\n");

        var loaded = MapFiles.Load(map).Map;

        Assert.Equal(Path.Combine(folder.Path, "run/x.pid"), loaded.Daemon.PidFile);
        Assert.Equal(Path.Combine(Path.GetDirectoryName(folder.Path)!, "p"), loaded.Daemon.Plugins);
        Assert.Equal(Path.Combine(folder.Path, "log"), loaded.Log.File);
    }

    [Fact]
    public void Load_ServiceWithErrors_LeavesItsPortsOutAndAddsNothing()
    {
        var result = MapFiles.LoadText("[ports]\n7 = \"bad\"\n8 = \"echo\"\n[services.bad]\nexec = [\"/nonexistent\"]\n");

        Assert.Equal(5, Assert.Single(result.Problems).At.Line);
        Assert.Equal(8u, Assert.Single(result.Map.Ports).Key.Number);
    }

    [Fact]
    public void Load_Addresses_AreNeverMapped() =>
        Assert.Equal(IPAddress.Parse("192.0.2.1"), MapFiles.Accept("[ports]\n\"192.0.2.1:7\" = \"echo\"\n").Ports[0].Key.Address);

    [Fact]
    public void Rejects_OneUnixSocketByTwoPaths()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "one"));
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "other"), Path.Combine(folder.Path, "one"));
        var map = folder.Write("map.toml", $"""
            [ports]
            "{folder.Path}/one/x.sock" = "echo"
            "{folder.Path}/other/x.sock" = "discard"
            "{folder.Path}/one/../one/x.sock" = "discard"
            "{folder.Path}/other/y.sock" = "discard"
            """);

        var problems = MapFiles.Load(map).Problems;

        Assert.Equal([3, 4], problems.Select(problem => problem.At.Line));
        Assert.All(problems, problem =>
            Assert.EndsWith($"is the same socket as '{folder.Path}/one/x.sock' at {map}:2:1", problem.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, true, Severity.Error)]
    [InlineData(false, false, Severity.Warning)]
    [InlineData(true, true, Severity.Error)]
    public void Rejects_LimitsThatTheSystemDoesNotAllow_InRunAndWarnsInCheck(bool mayRaise, bool toRun, Severity severity)
    {
        using var folder = new TemporaryFolder();
        var map = folder.Write(
            "map.toml", "[ports]\n7 = \"a\"\n[services.a]\nexec = [\"/bin/sh\"]\nlimits = { nofile = \"unlimited\", core = 0 }\n");
        var request = MapFiles.Request(map) with { ToRun = toRun };

        var problem = Assert.Single(MapLoader.Load(request, MapFiles.Plain with { MayRaiseLimits = mayRaise }).Problems);

        Assert.Equal((5, 10, severity), (problem.At.Line, problem.At.Column, problem.Severity));
        Assert.Contains(
            mayRaise ? "a process at most 1048576" : "the daemon's own hard limit is ", problem.Message, StringComparison.Ordinal);
    }
}
