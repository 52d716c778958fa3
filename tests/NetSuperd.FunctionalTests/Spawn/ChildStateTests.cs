using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>What a child is given, exactly, and that it can take back nothing that it was not.</summary>
public sealed class ChildStateTests(InspectDaemon inspect) : IClassFixture<InspectDaemon>
{
    private const string Nothing = "0";
    private const int CAP_SYS_RESOURCE = 24;
    private static readonly string[] Attempts =
    [
        "keyring", "setuid", "setresuid", "setgid", "setgroups", "chroot", "nice", "limit", "capset", "ambient",
    ];

    public static TheoryData<string> Cases => [.. ChildCase.All.Select(child => child.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Child_OfAService_HasWhatTheMapSays(string name)
    {
        var child = Find(name);
        var (said, _, _) = await inspect.AskAsync(child);

        Assert.Equal(child.Descriptors, said["fd"]);
        Assert.Equal(["not default 0", "blocked 0", "pending 0"], said["signals"]);
        Assert.Equal(["session group"], said["leader"]);
        Assert.Equal([$"{inspect.Daemon.Pid}"], said["parent"]);
        Assert.Equal([child.Nice], said["nice"]);
        Assert.Equal([child.NoNewPrivs ? "1" : "0"], said["no_new_privs"]);
        Assert.Equal([child.Cwd], said["cwd"]);
        Assert.Equal([child.Umask], said["umask"]);
        Assert.Equal([child.Argv0 ?? inspect.Program, .. child.Arguments.Select(Argument)], said["arg"]);
        Assert.Equal(await LimitsAsync(child), said["limit"].Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Child_OfAService_RunsAsTheUserOfTheMap(string name)
    {
        var child = Find(name);
        var (said, _, _) = await inspect.AskAsync(child);

        Assert.Equal([child.Uid ?? await ThreeAsync("-u")], said["uid"]);
        Assert.Equal([child.Gid ?? await ThreeAsync("-g")], said["gid"]);
        Assert.Equal(child.Groups ?? await OwnGroupsAsync(), said["group"]);
        Assert.Equal(Capabilities(child), said["capabilities"]);
        Assert.Equal(Attempts.Select(attempt => $"{attempt} {(MayAttempt(child, attempt) ? "granted" : "refused")}"), said["regain"]);
        Assert.Equal(child.Who is null ? [] : [await WhoAsync(child)], said["who"]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Environment_OfAChild_IsCleanAndNamesTheConnection(string name)
    {
        var child = Find(name);
        var (said, client, server) = await inspect.AskAsync(child);
        var record = await inspect.Daemon.WaitForEventAsync("ChildStarted", found => found["Pid"] == said["pid"].Single());

        Assert.Equal(await VariablesAsync(child, record, client, server), said["env"].Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Environment_OverIPv6_NamesTheConnection()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "[::1]:%p%" = "env"
            [services.env]
            exec = ["/usr/bin/env"]
            """);
        using var client = await daemon.ConnectAsync("p", "::1");
        var variables = (await client.ReadToEndAsync()).Split('\n');

        Assert.Contains("TCPREMOTEIP=::1", variables);
        Assert.Contains("REMOTE_ADDR=::1", variables);
        Assert.Contains($"TCPREMOTEPORT={client.Name[(client.Name.LastIndexOf(':') + 1)..]}", variables);
    }

    [Fact]
    public async Task Child_OfAnotherUsersDaemonWithACapability_HasNone()
    {
        Privilege.Require("a daemon of another user with CAP_NET_BIND_SERVICE");
        const string User = "65534 65534 65534";
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%p%" = "inspect"
            [services.inspect]
            exec = ["{inspect.Program}"]
            [defaults]
            """, new DaemonSetup
        {
            Through =
            [
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+net_bind_service",
                "--ambient-caps=+net_bind_service",
            ],
            Prepare = scratch => File.SetUnixFileMode(scratch.Folder, (UnixFileMode)0x1ED),
        });
        Assert.Equal("0000000000000400", ProcFiles.Status(daemon.Pid, "CapEff"));
        using var client = await daemon.ConnectAsync("p");
        await client.SendAsync("x");
        var said = (await client.ReadToEndAsync()).Split('\n');

        Assert.Contains($"uid={User}", said);
        Assert.Contains("capabilities=effective 000000000", said);
        Assert.Contains("capabilities=permitted 000000000", said);
        Assert.Contains("capabilities=inheritable 000000000", said);
        Assert.Contains("capabilities=ambient 0", said);
        Assert.All(Attempts, attempt => Assert.Contains($"regain={attempt} refused", said));
    }

    private static ChildCase Find(string name)
    {
        var child = ChildCase.All.Single(child => child.Name == name);
        if (child.NeedsRoot)
        {
            Privilege.Require("a daemon that can change the user of its children");
        }

        return child;
    }

    private static async Task<string> ThreeAsync(string of)
    {
        var id = (await Command.OutputAsync("id", of)).Trim();
        return $"{id} {id} {id}";
    }

    private static async Task<string[]> OwnGroupsAsync() =>
        [.. (await Command.OutputAsync("id", "-G", Environment.UserName)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Order(StringComparer.Ordinal)];

    private string Argument(string argument) => argument == "%setuid%" ? inspect.SetUserIdCopy : argument;

    /// <summary>
    /// Root keeps the daemon's capabilities; for another user nothing is left, and nothing can be had unless the map allows it.
    /// </summary>
    private string[] Capabilities(ChildCase child)
    {
        if (child.Uid is null)
        {
            return [$"effective {Daemons("CapEff", 9)}", $"permitted {Daemons("CapPrm", 9)}", $"inheritable {Daemons("CapInh", 9)}",
                $"ambient {Daemons("CapAmb", 1)}", $"bounding {Daemons("CapBnd", 1)}"];
        }

        return [$"effective {new string('0', 9)}", $"permitted {new string('0', 9)}", $"inheritable {new string('0', 9)}",
            $"ambient {Nothing}", $"bounding {(child.NoNewPrivs ? Nothing : Daemons("CapBnd", 1))}"];
    }

    /// <summary>Root may do what the daemon may; raising a limit needs CAP_SYS_RESOURCE, which root of a container need not have.</summary>
    private bool MayAttempt(ChildCase child, string attempt) => child.Uid is null && Environment.IsPrivilegedProcess
        && (attempt != "limit" || (Convert.ToUInt64(ProcFiles.Status(inspect.Daemon.Pid, "CapEff"), 16) >> CAP_SYS_RESOURCE & 1) == 1);

    private string Daemons(string set, int digits) =>
        Convert.ToUInt64(ProcFiles.Status(inspect.Daemon.Pid, set), 16)
            .ToString($"x{digits}", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The daemon's own limits, which util-linux tells, but for those of the map and the soft limit of descriptors.</summary>
    private async Task<IEnumerable<string>> LimitsAsync(ChildCase child)
    {
        var lines = await Command.OutputAsync(
            "prlimit", $"--pid={inspect.Daemon.Pid}", "--raw", "--noheadings", "--output=RESOURCE,SOFT,HARD");
        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Replace("unlimited", "-1", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(fields => (Name: fields[0].ToLowerInvariant(), Soft: fields[1], Hard: fields[2]))
            .Select(limit => child.Limits.TryGetValue(limit.Name, out var set) ? $"{limit.Name} {set}"
                : $"{limit.Name} {(limit.Name == "nofile" ? "1024" : limit.Soft)} {limit.Hard}")
            .Order(StringComparer.Ordinal);
    }

    /// <summary>
    /// On a file system that is mounted nosuid no program gains rights: the child may gain what another program gains.
    /// </summary>
    private async Task<string> WhoAsync(ChildCase child) => child.NoNewPrivs ? child.Who!
        : (await Command.OutputAsync(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", inspect.SetUserIdCopy, "--who")).Trim()["who=".Length..];

    private static async Task<IEnumerable<string>> VariablesAsync(ChildCase child, LogEvent record, string client, string server)
    {
        // name:password:uid:gid:comment:home:shell, passwd(5).
        var user = (child.Passwd ?? await Command.OutputAsync("getent", "passwd", child.User ?? Environment.UserName)).Trim().Split(':');
        List<string> variables =
        [
            $"USER={user[0]}", $"LOGNAME={user[0]}", $"HOME={user[5]}", $"SHELL={user[6]}",
            $"NETSUPERD_SERVICE={child.Name}", $"NETSUPERD_ID={record["ConnectionId"]}", $"PROTO={child.Protocol}", .. child.Variables,
        ];
        if (!child.Variables.Any(variable => variable.StartsWith("PATH=", StringComparison.Ordinal)))
        {
            variables.Add("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        }

        if (!child.IsShared)
        {
            var (remote, local) = (client.Split(':'), server.Split(':'));
            variables.AddRange(
            [
                $"TCPLOCALIP={local[0]}", $"TCPLOCALPORT={local[1]}", $"TCPREMOTEIP={remote[0]}", $"TCPREMOTEPORT={remote[1]}",
                $"REMOTE_ADDR={remote[0]}", $"REMOTE_PORT={remote[1]}", $"REMOTE_HOST={remote[0]}",
            ]);
        }

        if (child.Listen is { } names)
        {
            variables.AddRange([$"LISTEN_FDS={names.Split(':').Length}", $"LISTEN_PID={record["Pid"]}", $"LISTEN_FDNAMES={names}"]);
        }

        return variables.Order(StringComparer.Ordinal);
    }
}
