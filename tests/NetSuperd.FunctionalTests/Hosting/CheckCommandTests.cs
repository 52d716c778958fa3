using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary><c>netsuperd check</c>: the whole load without the start.</summary>
public sealed class CheckCommandTests
{
    // The map of root must name the user of children; the map of another user must not.
    private static readonly string User = Environment.IsPrivilegedProcess ? "nobody" : Environment.UserName;

    private static readonly string Everything = $$"""
        include = ["more/*.toml"]
        [daemon]
        pid_file = "daemon.pid"
        drain = "90s"
        [log]
        level = "debug"
        format = "json"
        address = "prefix"
        [defaults]
        user = "{{User}}"
        umask = "027"
        [ports]
        7 = "echo"
        finger = "date"
        "127.0.0.1:2005" = { service = "custom", backlog = 5, nodelay = true, receive_buffer = "64KiB", defer_accept = "5s" }
        "[::1]:2005" = "echo"
        "@demo" = "echo"
        "/run/netsuperd-demo.sock" = { service = "date", type = "seqpacket", owner = "root", mode = "0666" }
        [services.date]
        exec = ["/bin/date", "-u", "+%s \u0022quoted\u0022"]
        env = { TZ = "UTC" }
        pass_env = ["LANG"]
        """;

    [Fact]
    public async Task Interpreter_OnAFileSystemWithoutPrograms_IsAnError()
    {
        Privilege.Require("mount(2)");
        using var scratch = new Scratch();
        Directory.CreateDirectory(scratch["mounted"]);
        scratch.Write("script", $"#!{scratch["mounted"]}/sh\n");
        var map = scratch.Write(
            "map.toml", $"[ports]\n{FreePorts.Next()} = \"it\"\n[services.it]\nexec = [\"{scratch["script"]}\"]\nuser = \"root\"\n");
        const string Script = "chmod a+x \"$1/script\" && mount -t tmpfs -o noexec none \"$1/mounted\" && cp /bin/sh \"$1/mounted\" && "
            + "exec \"$2\" check --config \"$3\"";

        var checkedMap = await Command.RunAsync(
            "unshare", "--mount", "/bin/sh", "-c", Script, "sh", scratch.Folder, BuiltTree.Program, map);

        Assert.Equal(78, checkedMap.Status);
        Assert.Contains(
            $"no user may execute '{scratch["mounted"]}/sh', which the first line of", checkedMap.Errors, StringComparison.Ordinal);
        Assert.Contains("noexec", checkedMap.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_FedToCheck_ShowsTheSame()
    {
        using var scratch = new Scratch();
        scratch.Write("more/web.toml", "[ports]\n8080 = \"web\"\n[services.web]\nexec = [\"/bin/cat\"]\nargv0 = \"web\"\n");
        var first = await Netsuperd.RunAsync("check", "--show", "--config", scratch.Write("map.toml", Everything));
        AssertNoWarning(first);

        var second = await Netsuperd.RunAsync("check", "--show", "--config", scratch.Write("shown.toml", first.Output));

        AssertNoWarning(second);
        Assert.Equal(first.Output, second.Output);
        Assert.Contains("8080", first.Output, StringComparison.Ordinal);
    }

    [OnWindows]
    [Fact]
    public async Task DefaultMap_OfTheRepository_IsValid()
    {
        var result = await Netsuperd.RunAsync("check", "--config", Path.Combine(BuiltTree.Repository, "etc/netsuperd.toml"));

        Assert.Equal("", result.Output);
        AssertNoWarning(result);
    }

    [Fact]
    public async Task PluginHandler_InsideADaemonOfRoot_IsAWarningUnlessItHasAWorker()
    {
        Privilege.Require("only in a daemon of root a handler is root");
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", """
            [ports]
            7 = "echo"
            2005 = "custom"
            2006 = "custom"
            2007 = "own"
            [services.own]
            handler = "custom"
            user = "nobody"
            """);

        var result = await Netsuperd.RunAsync("check", "--config", map);

        Assert.Equal(0, result.Status);
        Assert.Equal("map.toml:3:8: warning: the handler 'custom' is a plugin's, and serves as root inside the daemon", result.Errors
            .Split('\n').Single(line => line.Contains(": warning: ", StringComparison.Ordinal)).Split('/')[^1].Split(';')[0]);
    }

    /// <summary>The handler of the plugin custom is root there where the daemon is, which the administrator is told.</summary>
    private static void AssertNoWarning(CommandResult result)
    {
        Assert.Equal(0, result.Status);
        Assert.All(
            result.Errors.Split('\n').Where(line => line.Contains(": warning: ", StringComparison.Ordinal)),
            line => Assert.Contains("'custom' is a plugin's, and serves as root inside the daemon", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Map_WithAWarning_IsValid()
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", "[ports]\n7 = \"echo\"\n[services.unused]\nexec = [\"/bin/cat\"]\n");

        var result = await Netsuperd.RunAsync("check", "--config", map);

        Assert.Equal(0, result.Status);
        Assert.Contains($"{map}:3:11: warning: ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Map_OthersCanWrite_IsAWarningInCheckAndAnErrorInRun()
    {
        Privilege.Require("only root must not believe others");
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", $"[ports]\n{FreePorts.Next()} = \"echo\"\n");
        File.SetUnixFileMode(map, (UnixFileMode)Convert.ToInt32("666", 8));

        var check = await Netsuperd.RunAsync("check", "--config", map);
        var run = await Netsuperd.RunAsync("run", "--config", map);

        Assert.Equal((0, 78), (check.Status, run.Status));
        Assert.Contains($"chmod go-w {map}", check.Errors, StringComparison.Ordinal);
        Assert.Contains($"chmod go-w {map}", run.Errors, StringComparison.Ordinal);
    }
}
