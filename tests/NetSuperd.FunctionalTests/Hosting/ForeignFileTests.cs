using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>
/// What a local user gains from a root daemon by the folders that the user can write: nothing. Each of these is an attack.
/// </summary>
public sealed class ForeignFileTests
{
    public ForeignFileTests() => Privilege.Require("only root must not believe others");

    [Theory]
    [InlineData("[log]\ntarget = \"file\"\nfile = \"%theirs%/x\"", ":3:8: ")]
    [InlineData("[daemon]\npid_file = \"%theirs%/x\"", ":2:12: ")]
    [InlineData("[daemon]\ncontrol = \"%theirs%/x\"", ":2:11: ")]
    [InlineData("[ports]\n\"%theirs%/x\" = \"echo\"", ":2:1: ")]
    public async Task Key_ThatNamesAPlaceInAnotherUsersFolder_IsAWarningInCheckAndAnErrorInRun(string text, string at)
    {
        using var scratch = new Scratch();
        var theirs = await Stranger.FolderAsync(scratch);
        var victim = scratch.Write("victim", "precious");
        await Stranger.DoAsync("ln", "-s", victim, $"{theirs}/x");
        var map = scratch.Write("map.toml", text.Replace("%theirs%", theirs, StringComparison.Ordinal)
            + (text.Contains("[ports]", StringComparison.Ordinal) ? "" : $"\n[ports]\n\"@{Guid.NewGuid():N}\" = \"echo\"")
            + (text.Contains("[daemon]", StringComparison.Ordinal) ? "" : $"\n[daemon]\ncontrol = \"{scratch["c.sock"]}\""));

        var check = await Netsuperd.RunAsync("check", "--config", map);
        var run = await Netsuperd.RunAsync("run", "--config", map);

        Assert.Equal((0, 78), (check.Status, run.Status));
        Assert.Contains($"{map}{at}warning: ", check.Errors, StringComparison.Ordinal);
        Assert.Contains($"{map}{at}error: ", run.Errors, StringComparison.Ordinal);
        Assert.All(new[] { check, run }, result => Assert.Contains($"; run: chown root {theirs}", result.Errors, StringComparison.Ordinal));
        Assert.Equal("precious", await File.ReadAllTextAsync(victim, Cancel));
    }

    [Theory]
    [InlineData("map.toml", "u:65534:rw")]
    [InlineData("map.toml", "g:65534:rw")]
    [InlineData("", "u:65534:rwx")]
    public async Task Map_ThatAnAccessControlListLetsOthersWrite_IsNotRun(string name, string list)
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", $"[ports]\n\"@{Guid.NewGuid():N}\" = \"echo\"\n[daemon]\ncontrol = \"{scratch["c.sock"]}\"\n");
        await Command.OutputAsync("setfacl", "-m", list, scratch[name]);

        var check = await Netsuperd.RunAsync("check", "--config", map);
        var run = await Netsuperd.RunAsync("run", "--config", map);

        Assert.Equal((0, 78), (check.Status, run.Status));
        Assert.Contains($"setfacl -x {list[..7]} {scratch[name].TrimEnd('/')}", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ALogFileThatIsAFifo_IsAWarningAtItsPlace()
    {
        using var scratch = new Scratch();
        await Command.OutputAsync("mkfifo", scratch["log"]);
        var map = scratch.Write(
            "map.toml", $"[ports]\n\"@{Guid.NewGuid():N}\" = \"echo\"\n[log]\ntarget = \"file\"\nfile = \"{scratch["log"]}\"\n");

        var check = await Netsuperd.RunAsync("check", "--config", map);

        Assert.Equal(0, check.Status);
        Assert.Contains(
            $"{map}:5:8: warning: '{scratch["log"]}' is neither a regular file nor a device", check.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_OfARootsChildThatAnotherUserCanChange_IsNotRun()
    {
        using var scratch = new Scratch();
        var program = scratch.Write("program", "#!/bin/sh\n");
        File.SetUnixFileMode(program, (UnixFileMode)0x1FF);
        var map = scratch.Write("map.toml", $"""
            [ports]
            "@{Guid.NewGuid():N}" = "program"
            [services.program]
            exec = ["{program}"]
            user = "root"
            [daemon]
            control = "{scratch["c.sock"]}"
            """);

        var (check, run) = (await Netsuperd.RunAsync("check", "--config", map), await Netsuperd.RunAsync("run", "--config", map));

        Assert.Equal((0, 78), (check.Status, run.Status));
        Assert.Contains(
            $"{map}:4:9: error: {program} can be written by other users; run: chmod go-w {program}", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    public async Task Map_ThatIncludesAnotherUsersFifo_IsNotReadFromIt(string command)
    {
        // In a sticky folder another user can only add names: this one is a service that runs as root.
        using var scratch = new Scratch();
        await Command.OutputAsync("chmod", "a+x", scratch.Folder);
        var shared = Directory.CreateDirectory(scratch["shared"]).FullName;
        await Command.OutputAsync("chmod", "1777", shared);
        await Stranger.DoAsync("mkfifo", $"{shared}/more.toml");
        var map = scratch.Write("map.toml", $"""
            include = ["{shared}/more.toml"]
            [ports]
            "@{Guid.NewGuid():N}" = "echo"
            [daemon]
            control = "{scratch["c.sock"]}"
            """);

        // No process writes into it: what opens it waits.
        var result = await Netsuperd.RunAsync(command, "--config", map);

        Assert.Equal(78, result.Status);
        Assert.Contains(
            $"{shared}/more.toml belongs to another user, who could change it; run: rm {shared}/more.toml; it is not read", result.Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Qotd_AFileOfAnotherUsersFolder_IsNotServed()
    {
        using var scratch = new Scratch();
        var theirs = await Stranger.FolderAsync(scratch);
        await Stranger.DoAsync("ln", "-s", scratch.Write("secret", "the secret of root\n"), $"{theirs}/quotes");
        var map = scratch.Write("map.toml", $"""
            [ports]
            "@{Guid.NewGuid():N}" = "quotes"
            [services.quotes]
            handler = "qotd"
            settings.file = "{theirs}/quotes"
            [daemon]
            control = "{scratch["c.sock"]}"
            """);

        var run = await Netsuperd.RunAsync("run", "--config", map);

        Assert.Equal(78, run.Status);
        Assert.Contains($"{map}:5:17: error: {theirs} belongs to another user", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("the secret", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usr1_TheLogsFolderGivenAway_KeepsWritingToTheOldFile()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %echo% = "echo"
            [log]
            target = "file"
            file = "%dir%/logs/daemon.log"
            format = "json"
            """, new DaemonSetup { LogFile = "logs/daemon.log", Prepare = scratch => Directory.CreateDirectory(scratch["logs"]) });
        var victim = daemon.Scratch.Write("victim", "precious");
        await Stranger.GiveAsync(daemon.Scratch, "logs");
        await Stranger.DoAsync("mv", daemon.Scratch["logs/daemon.log"], daemon.Scratch["logs/old.log"]);
        await Stranger.DoAsync("ln", "-s", victim, daemon.Scratch["logs/daemon.log"]);

        daemon.Signal(RunningProcess.SIGUSR1);
        await Deadline.UntilAsync(
            () => File.ReadAllText(daemon.Scratch["logs/old.log"]).Contains("LogNotReopened", StringComparison.Ordinal),
            "LogNotReopened in the old file");

        Assert.Equal(0, await daemon.StopAsync());
        Assert.Equal("precious", await File.ReadAllTextAsync(victim, Cancel));
    }

    [Theory]
    [InlineData("run/daemon.pid")]
    [InlineData("run/echo.sock")]
    [InlineData("run/control.sock")]
    public async Task Term_AFifoInThePlaceOfAFile_EndsTheDaemon(string name)
    {
        await using var daemon = await StartAsync();
        await Command.OutputAsync("mkfifo", daemon.Scratch["fifo"]);
        File.Move(daemon.Scratch["fifo"], daemon.Scratch[name], overwrite: true);

        Assert.Equal(0, await daemon.StopAsync());
        Assert.True(Path.Exists(daemon.Scratch[name]));
    }

    [Fact]
    public async Task Term_TheFolderGivenAwayAndSwappedForALink_RemovesNothing()
    {
        await using var daemon = await StartAsync();
        string[] names = ["daemon.pid", "echo.sock", "control.sock"];
        foreach (var name in names)
        {
            daemon.Scratch.Write($"precious/{name}", $"{daemon.Pid}\n");
        }

        Directory.Move(daemon.Scratch["run"], daemon.Scratch["moved"]);
        Directory.CreateSymbolicLink(daemon.Scratch["run"], daemon.Scratch["precious"]);
        await Command.OutputAsync("chown", "-h", "65534", daemon.Scratch["run"]);

        Assert.Equal(0, await daemon.StopAsync());
        Assert.All(names, name => Assert.Equal($"{daemon.Pid}\n", File.ReadAllText(daemon.Scratch[$"precious/{name}"])));
    }

    [Fact]
    public async Task Reload_ToAPlaceInAnotherUsersFolder_IsRefusedAndChangesNothing()
    {
        await using var daemon = await Daemon.StartAsync("[ports]\n%echo% = \"echo\"\n", new DaemonSetup { Expected = ["ReloadRefused"] });
        var theirs = await Stranger.FolderAsync(daemon.Scratch);
        daemon.Edit(map => map.Replace("[daemon]", $"[daemon]\npid_file = \"{theirs}/pid\"", StringComparison.Ordinal));

        var reload = await daemon.AskAsync("reload");

        Assert.Equal(78, reload.Status);
        Assert.Contains($"chown root {theirs}", reload.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(theirs));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<Daemon> StartAsync() => Daemon.StartAsync("""
        [ports]
        "%dir%/run/echo.sock" = "echo"
        [daemon]
        control = "%dir%/run/control.sock"
        pid_file = "%dir%/run/daemon.pid"
        """, new DaemonSetup { Prepare = scratch => Directory.CreateDirectory(scratch["run"]), Expected = ["BindFailed"] });
}
