using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Tests.Config;

/// <summary>The rules for sockets of vsock(7), on hosts with and without it.</summary>
public sealed class VsockRulesTests
{
    private const string Whole = """
        [ports]
        "vsock:7001" = "echo"
        "vsock::7002" = { service = "echo", name = "guests", backlog = 5 }
        "vsock:host:7003" = "echo"
        "vsock:3:7003" = "echo"
        "VSOCK:any:8000-8010,9000" = "web"
        7001 = "echo"
        [services.web]
        exec = ["/bin/cat"]
        allow = ["vsock:3", "vsock:host", "vsock:4294967294"]
        deny = ["vsock:*"]
        max_per_source = 5
        max_per_network = 10
        rate_per_source = "5/s"
        banner_refused = "no"
        """;

    [Fact]
    public void Accepts_WhatVsockHas_AndShowsItSoThatItIsAcceptedAgain()
    {
        var result = MapFiles.LoadText(Whole, MapFiles.Plain);
        Assert.False(result.HasErrors, MapFiles.Render(result, ""));

        var shown = MapText.Format(result.Map);
        Assert.Contains("\"vsock:8000-8010,9000\"", shown, StringComparison.Ordinal);
        Assert.Equal(shown, MapText.Format(MapFiles.LoadText(shown, MapFiles.Plain).Map));
        Assert.Equal(
            [("vsock:7001", true), ("vsock:7002", true), ("vsock:2:7003", true), ("vsock:3:7003", true)],
            result.Map.PortEntries.Take(4).Select(port => (port.Entry, port.Key.IsPublic)));
    }

    [Theory]
    [InlineData("device = \"lo\"", "'device' is for IP sockets")]
    [InlineData("nodelay = true", "'nodelay' is for TCP sockets")]
    [InlineData("keepalive = false", "'keepalive' is for TCP sockets")]
    [InlineData("ttl = 5", "'ttl' is for IP sockets except those of MPTCP")]
    [InlineData("tos = 8", "'tos' is for IP sockets")]
    [InlineData("freebind = true", "'freebind' is for IP sockets with a port")]
    [InlineData("transparent = true", "'transparent' is for IP sockets with a port")]
    [InlineData("mark = 1", "'mark' is for IP sockets")]
    [InlineData("priority = 1", "'priority' is for IP sockets")]
    [InlineData("fastopen = 5", "'fastopen' is for TCP sockets")]
    [InlineData("congestion = \"bbr\"", "'congestion' is for TCP sockets")]
    [InlineData("defer_accept = \"1s\"", "'defer_accept' is for TCP sockets")]
    [InlineData("protocol = \"tcp\"", "'protocol' is for IP sockets with a port")]
    [InlineData("reuse_port = true", "'reuse_port' is for IP sockets with a port")]
    [InlineData("receive_buffer = \"64KiB\"", "'receive_buffer' is for IP and unix sockets")]
    [InlineData("send_buffer = \"64KiB\"", "'send_buffer' is for IP and unix sockets")]
    [InlineData("types = [8]", "'types' is for raw sockets")]
    [InlineData("type = \"stream\"", "'type' is for unix sockets")]
    [InlineData("mode = \"0600\"", "'mode' is for unix sockets with a path")]
    public void Rejects_AnOptionThatVsockHasNot(string option, string problem) => Rejects(
        $"\"vsock:7001\" = {{ service = \"echo\", {option} }}", $"{problem}; 'vsock:7001' is a vsock socket");

    [Theory]
    [InlineData("\"vsock::7001\"", "'vsock:7001' is the same socket as 'vsock::7001'")]
    [InlineData("\"vsock:3:7001\"", "the system binds a port of vsock(7) to one context identifier or to every one")]
    [InlineData("\"vsock:7000-7001\"", "'vsock:7001' overlaps with 'vsock:7000-7001'")]
    [InlineData("\"vsock:3:7000-7001\"", "'vsock:7001' and 'vsock:3:7000-7001' at ")]
    public void Rejects_APortThatIsBoundTwice(string other, string problem) =>
        Rejects($"{other} = \"echo\"\n\"vsock:7001\" = \"echo\"", problem);

    [Fact]
    public void Rejects_EveryContextAfterOneThatHasThePort() =>
        Rejects("\"vsock:7001\" = \"echo\"\n\"vsock:4:7001\" = \"echo\"", "cannot have the same port");

    [Fact]
    public void Accepts_APortForTwoContexts() =>
        Assert.False(MapFiles.LoadText("[ports]\n\"vsock:3:7001\" = \"echo\"\n\"vsock:4:7001\" = \"echo\"\n", MapFiles.Plain).HasErrors);

    [Theory]
    [InlineData("idle_timeout = \"5s\"", "the system does not report when a connection of a unix, SCTP or vsock socket was last used")]
    [InlineData("wait = true\nidle_stop = \"5s\"", "the system does not report which connections a vsock socket has")]
    [InlineData("wait = true\nallow = [\"vsock:3\"]", "the child accepts the clients itself")]
    public void Rejects_WhatTheSystemDoesNotTellOfVsock(string keys, string problem) =>
        Rejects($"\"vsock:7001\" = \"cat\"\n[services.cat]\nexec = [\"/bin/cat\"]\n{keys}", problem);

    [Theory]
    [InlineData("\"vsock:7001\"", "192.0.2.1", "only peers of IP sockets have an address, and the service has no IP socket")]
    [InlineData("\"vsock:7001\"", "uid:0", "only peers of unix sockets have a uid and a gid, and the service has no unix socket")]
    [InlineData("7001", "vsock:3", "only peers of vsock sockets have a context identifier, and the service has no vsock socket")]
    [InlineData("\"@it\"", "vsock:*", "only peers of vsock sockets have a context identifier, and the service has no vsock socket")]
    public void Warns_OfAPeerThatTheSocketCannotHave(string socket, string peer, string problem)
    {
        var result = MapFiles.LoadText(
            $"[ports]\n{socket} = \"it\"\n[services.it]\nhandler = \"echo\"\nallow = [\"{peer}\"]\n", MapFiles.Plain);

        Assert.False(result.HasErrors);
        Assert.Contains($"{peer} can never match: {problem}", MapFiles.Render(result, ""), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_APortThatNeedsACapability_OrAnAbsentFamily_IsAWarning()
    {
        using var folder = new TemporaryFolder();
        var map = folder.Write("map.toml", "[ports]\n\"vsock:1023\" = \"echo\"\n\"vsock:1024\" = \"echo\"\n");
        var result = MapLoader.Load(MapFiles.Request(map) with { ToRun = false }, MapFiles.Plain with { MayBindAny = false });

        var shown = MapFiles.Render(result, "");
        Assert.False(result.HasErrors);
        Assert.Contains("port 1023 is below 1024 and needs root or CAP_NET_BIND_SERVICE", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("port 1024", shown, StringComparison.Ordinal);
        Assert.Equal(
            SocketDomain.Absence(Families.Vsock, SocketType.Stream, ProtocolType.Unspecified) is not null,
            shown.Contains("cannot be served here: the kernel of this host has no VSOCK", StringComparison.Ordinal));
    }

    private static void Rejects(string entries, string problem)
    {
        var result = MapFiles.LoadText($"[ports]\n{entries}\n", MapFiles.Plain);

        Assert.True(result.HasErrors);
        Assert.Contains(problem, MapFiles.Render(result, "nowhere"), StringComparison.Ordinal);
    }
}
