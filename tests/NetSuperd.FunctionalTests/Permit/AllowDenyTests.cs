using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary><c>allow</c> and <c>deny</c>: the most specific entry wins, and a denied client does not affect the others.</summary>
[OnWindows]
public sealed class AllowDenyTests
{
    [Theory]
    [InlineData("handler")]
    [LinuxData("exec")]
    public async Task Deny_OfASource_RefusesItAndStartsNothing(string kind)
    {
        await using var it = await Guarded.StartAsync(kind, $"deny = [\"127.0.0.2\"]\nbanner_refused = \"{ClientGroup.Banner}\"");

        using var denied = await it.ComeAsync(20, "127.0.0.2");
        Assert.Equal((0, 20), (denied.Served.Count, denied.Refused));
        using var others = await it.ComeAsync(3, "127.0.0.3");

        Assert.Equal((3, 0), (others.Served.Count, others.Refused));
        Assert.Equal(3, (await it.RefusedAsync(20, "address")).Live);
        await Deadline.UntilAsync(() => Started(it.Daemon).Count >= 3, "three starts");
        Assert.All(Started(it.Daemon), found => Assert.StartsWith("127.0.0.3:", found["Peer"], StringComparison.Ordinal));
        Assert.Equal(3, Started(it.Daemon).Count);
        var refused = await it.Daemon.WaitForEventAsync("ConnectionRefused");
        Assert.Equal(("it", "address"), (refused["Service"], refused["Reason"]));
        Assert.StartsWith("127.0.0.2:", refused["Peer"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deny_OfASource_TakesNoTokenAndNoConnection()
    {
        await using var it = await Guarded.StartAsync(
            "handler", $"deny = [\"127.0.0.2\"]\nrate = \"3/h\"\nmax_connections = 3\nrate_per_source = \"3/h\"\n{Guarded.Refuse}");

        Assert.Equal(0, await it.VisitAsync(50, "127.0.0.2"));
        await it.RefusedAsync(50, "address");
        var counted = await it.CountAsync();
        Assert.Equal((0, 0), (counted.Use("rate").Used, counted.Use("max_connections").Used));

        using var others = await it.ComeAsync(3, "127.0.0.3");
        Assert.Equal(3, others.Served.Count);
    }

    [Fact]
    public async Task MostSpecific_OfBothLists_Wins()
    {
        await using var it = await Guarded.StartAsync("handler", $"""
            allow = ["127.0.0.0/24", "127.0.1.9", "127.0.0.7"]
            deny = ["127.0.1.0/24", "127.0.0.7"]
            banner_refused = "{ClientGroup.Banner}"
            """);

        string[] served = ["127.0.0.1", "127.0.1.9"];
        string[] denied = ["127.0.0.7", "127.0.1.1", "127.0.2.1"];
        foreach (var from in served.Concat(denied))
        {
            Assert.Equal((from, served.Contains(from) ? 1 : 0), (from, await it.VisitAsync(1, from)));
        }

        await it.RefusedAsync(denied.Length, "address");
    }

    [Fact]
    public async Task Families_OfAllowAndDeny_AreIndependent()
    {
        (string Name, string Keys, bool ServesIPv6, bool ServesIPv4)[] services =
        [
            ("a", "deny = [\"::1\"]", false, true),
            ("b", "allow = [\"::/0\"]", true, false),
            ("c", "deny = [\"0.0.0.0/0\"]", true, false),
            ("d", "allow = []", false, false),
        ];
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            {string.Join('\n', services.Select(service => $"%{service.Name}% = \"{service.Name}\""))}
            {string.Join('\n', services.Select(service => $"[services.{service.Name}]\nhandler = \"echo\"\n{service.Keys}"))}
            [defaults]
            banner_refused = "{ClientGroup.Banner}"
            """);
        foreach (var (name, _, servesIPv6, servesIPv4) in services)
        {
            using var six = await ClientGroup.EnterAsync(await daemon.ConnectAsync(name, "::1"));
            using var four = await ClientGroup.EnterAsync(await daemon.ConnectAsync(name));

            Assert.Equal((name, servesIPv6, servesIPv4), (name, six is not null, four is not null));
        }
    }

    [OnLinux("sockets of systemd")]
    [Fact]
    public async Task Mapped_OnASocketForBothFamilies_IsIPv4()
    {
        using var scratch = new Scratch();
        var port = FreePorts.Next();
        var map = scratch.Write("map.toml", $"""
            [ports]
            {port} = "it"
            [services.it]
            handler = "echo"
            deny = ["127.0.0.2"]
            banner_refused = "{ClientGroup.Banner}"
            [daemon]
            control = "{scratch["control.sock"]}"
            [log]
            format = "json"
            """);
        await using var activated = RunningProcess.Start(
            "/usr/bin/systemd-socket-activate", [$"--listen=[::]:{port}", BuiltTree.Program, "run", "--config", map]);
        await activated.Errors.FindAsync(line => line.StartsWith("Listening on", StringComparison.Ordinal) ? line : null, "the socket");

        using var served = await ClientGroup.EnterAsync(await TcpPeer.ConnectAsync(port));
        using var denied = await ClientGroup.EnterAsync(await TcpPeer.ConnectAsync(port, from: "127.0.0.2"));

        Assert.NotNull(served);
        Assert.Null(denied);
        activated.Signal(RunningProcess.SIGTERM);
        Assert.Equal(0, await activated.ExitAsync());
    }

    [Fact]
    public async Task Deny_OfDefaults_HoldsWhereAServiceSaysNothing()
    {
        await using var it = await Guarded.StartAsync("handler", $"banner_refused = \"{ClientGroup.Banner}\"", more: """
            "127.0.0.1:%other%" = "other"
            [defaults]
            deny = ["127.0.0.0/8"]
            [services.other]
            handler = "echo"
            deny = []
            """);

        Assert.Equal(0, await it.VisitAsync(1));
        using var other = await it.Daemon.ConnectAsync("other");
        Assert.Equal(ClientGroup.Word, await other.TalkAsync(ClientGroup.Word));
    }

    [Fact]
    public async Task Reload_ThatDenies_CutsNoConnection()
    {
        await using var it = await Guarded.StartAsync("handler", $"deny = []\nbanner_refused = \"{ClientGroup.Banner}\"");
        using var inside = await it.EnterAsync();

        await it.ReloadAsync("deny = []", "deny = [\"127.0.0.1\"]");

        Assert.Equal(0, await it.VisitAsync(1));
        Assert.Equal(1, await it.VisitAsync(1, "127.0.0.2"));
        Assert.Equal(ClientGroup.Word, await inside.TalkAsync(ClientGroup.Word));
        await it.ReloadAsync("deny = [\"127.0.0.1\"]", "deny = []");
        Assert.Equal(1, await it.VisitAsync(1));
    }

    [OnLinux("unix sockets")]
    [Fact]
    public async Task UnixPeers_ByUserAndGroup_AreJudged()
    {
        Privilege.Require("clients of other users");
        (string Keys, bool IsServed, string Groups)[] cases =
        [
            ("allow = [\"uid:0\"]", false, "--clear-groups"),
            ("allow = [\"uid:nobody\"]", true, "--clear-groups"),
            ("deny = [\"uid:65534\"]", false, "--clear-groups"),
            ("allow = [\"gid:65534\"]", true, "--clear-groups"),
            ("allow = [\"gid:4\"]", true, "--groups=4"),
            ("allow = [\"gid:4\"]", false, "--groups=5"),
            ("deny = [\"gid:4\"]", false, "--groups=3,4,5"),
            ("allow = [\"gid:5\"]\ndeny = [\"gid:4\"]", false, "--groups=4,5"),
            ("allow = [\"uid:65534\"]\ndeny = [\"gid:4\"]", true, "--groups=4"),
            ("allow = [\"127.0.0.1\"]", false, "--clear-groups"),
        ];
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            {string.Join('\n', cases.Select((_, i) => $"\"@netsuperd-test-%p%-{i}\" = \"s{i}\""))}
            {string.Join('\n', cases.Select((service, i) => $"[services.s{i}]\nhandler = \"echo\"\n{service.Keys}"))}
            [defaults]
            banner_refused = "{ClientGroup.Banner}"
            """);
        for (var i = 0; i < cases.Length; i++)
        {
            var (keys, isServed, groups) = cases[i];
            var heard = await UnixUser.HearAsync($"netsuperd-test-{daemon.Port("p")}-{i}", "--reuid=65534", "--regid=65534", groups);

            Assert.Equal((keys, isServed ? ClientGroup.Word : ClientGroup.Banner), (keys, heard));
            Assert.Equal(isServed ? 0 : 1, (await Counted.UntilAsync(daemon, $"s{i}", found => found.Live == 0, "the end")).For("address"));
        }
    }

    private static List<LogEvent> Started(Daemon daemon) =>
        [.. daemon.Events.Where(found => found.Name is "ConnectionStarted" or "ChildStarted")];
}
