using NetSuperd.Server.Config;

namespace NetSuperd.Server.Tests.Config;

public sealed class MapTextTests
{
    private const string EveryKey =
        """
        [daemon]
        control = "/nonexistent/netsuperd/control.sock"
        drain = "30s"
        drain_children = "terminate"
        restart_linger = "1h"
        on_unavailable = "refuse"
        max_connections = 10000
        plugins = "/opt/netsuperd/plugins"
        raw_sockets = false

        [log]
        level = "info"
        format = "text"
        target = "stderr"
        address = "full"
        lines_per_source = "100/s burst 10000"

        [ports]
        "7/tcp" = { service = "echo", name = "echo", protocol = "tcp", reuse_port = false, nodelay = false, OF_A_TCP_SOCKET }
        "@demo" = { service = "child", name = "child", type = "datagram" }

        [services.child]
        exec = ["/bin/sh", "-c", "echo \"\t\u001b\""]
        argv0 = "/bin/sh"
        wait = false
        start = "demand"
        stop_signal = "TERM"
        user = "54320"
        group = 54320
        groups = "init"
        cwd = "/"
        umask = "022"
        no_new_privs = true
        limits = {}
        env = { A = "1" }
        pass_env = []
        stderr = "log"
        fds = "stdio"
        allow = "everyone"
        deny = []
        times = []
        max_connections = 1000
        source_prefix = { ipv4 = 32, ipv6 = 64 }
        rate = "unlimited"
        at_limit = "defer"
        banner_refused = ""
        idle_timeout = "unlimited"
        max_duration = "unlimited"
        log = "all"
        log_fields = ["pid", "exit", "duration", "bytes", "cpu", "memory", "target"]
        enabled = true

        [services.echo]
        handler = "echo"
        allow = "everyone"
        deny = []
        times = []
        max_connections = 1000
        source_prefix = { ipv4 = 32, ipv6 = 64 }
        rate = "unlimited"
        at_limit = "defer"
        banner_refused = ""
        idle_timeout = "unlimited"
        first_byte_timeout = "unlimited"
        max_duration = "unlimited"
        log = "all"
        log_fields = ["pid", "exit", "duration", "bytes", "cpu", "memory", "target"]
        enabled = true

        """;

    [Fact]
    public void OfChild_AKeyOfServersAtItsDefault_IsLeftOutAsInAnOlderVersion()
    {
        var service = Maps.Child("it", "/bin/true");
        var server = service with { Program = service.Program! with { Start = ChildStart.Always, Restart = ServerRestart.Never } };

        Assert.DoesNotContain(
            MapText.OfChild(service),
            entry => entry.Split(' ')[0] is "start" or "stop_signal" or "on_change" or "processes" or "idle_stop");
        Assert.Contains("wait = false", MapText.OfChild(service));
        Assert.Equal(
            ["start = \"always\"", "restart = \"never\""],
            MapText.OfChild(server).Except(MapText.OfChild(service)));
    }

    [Fact]
    public void Format_Map_ShowsEveryKeyThatHasAValue()
    {
        var map = MapFiles.Accept("""
            [ports]
            7 = "echo"
            "@demo" = { service = "child", type = "datagram" }
            [services.child]
            exec = ["/bin/sh", "-c", "echo \"\t\u001b\""]
            env = { A = "1" }
            """);

        Assert.Equal(
            EveryKey.Replace("OF_A_TCP_SOCKET", "keepalive = true, freebind = false, transparent = false", StringComparison.Ordinal),
            MapText.Format(map));
    }

    [Fact]
    public void Format_KeysThatTheSystemNeverHas_AreLeftOut()
    {
        string[] keys = ["daemon.drain_children", "ports.reuse_port", "services.max_connections"];
        var map = MapFiles.Accept("[ports]\n7 = \"echo\"\n") with { Absent = keys.ToDictionary(key => key, _ => "the reason") };

        var shown = MapText.Format(map);

        Assert.DoesNotContain("drain_children", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("reuse_port", shown, StringComparison.Ordinal);
        Assert.Equal(1, shown.Split('\n').Count(line => line.StartsWith("max_connections", StringComparison.Ordinal)));
    }

    [Fact]
    public void Format_SharedNumber_ShowsReusePortAsTheMapHasIt()
    {
        var shown = MapText.Format(MapFiles.Accept("[ports]\n7 = \"echo\"\n\"192.0.2.1:7\" = { service = \"echo\", reuse_port = true }\n"));

        const string Echo = " = { service = \"echo\", name = \"echo\", protocol = \"tcp\", reuse_port = ";
        Assert.Contains($"\"7/tcp\"{Echo}false,", shown, StringComparison.Ordinal);
        Assert.Contains($"\"192.0.2.1:7/tcp\"{Echo}true,", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Format_RangesAndLists_AreOneEntryInTheirNormalForm()
    {
        var map = MapFiles.Accept("[ports]\n\"8003,8000-8002\" = \"echo\"\n\"[::1]:telnet,ftp/tcp\" = \"echo\"\n9-9 = \"echo\"\n");
        var lines = MapText.Format(map).Split('\n');

        Assert.Equal(
            ["\"8000-8003/tcp\"", "\"[::1]:21,23/tcp\"", "\"9/tcp\""],
            lines.SkipWhile(line => line != "[ports]").Skip(1).Take(3).Select(line => line.Split(" = ")[0]));
        Assert.Equal(["8000", "8001", "8002", "8003", "21", "23", "9"], map.Ports.Select(port => $"{port.Key.Number}"));
        Assert.Equal(["8000-8003/tcp", "[::1]:21,23/tcp", "9/tcp"], map.PortEntries.Select(port => port.Entry));
    }

    [Fact]
    public void Format_Settings_KeepTypesAndOrder()
    {
        var shown = MapText.Format(MapFiles.Accept("""
            [ports]
            7 = "a"
            [services.a]
            handler = "echo"
            [services.a.settings]
            z = 1.0
            a = -0.0
            "k y" = [1, "x", [true, { b = 1e300 }]]
            n = [inf, -inf, nan]
            t.u.v = "é\u007f"
            """));

        Assert.Contains(
            """settings = { z = 1.0, a = -0.0, "k y" = [1, "x", [true, { b = 1E+300 }]], """
            + """n = [inf, -inf, nan], t = { u = { v = "é\u007f" } } }""",
            shown,
            StringComparison.Ordinal);
    }
}
