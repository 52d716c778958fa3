using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>`make install` and `make uninstall`, with the tree that is built already.</summary>
public sealed class InstallTests
{
    [Fact]
    public async Task Install_BelowAFolder_RunsFromThereAndUninstallsButForTheMap()
    {
        using var folder = new Scratch();
        var installed = folder["usr/lib/netsuperd/netsuperd"];
        var map = folder["etc/netsuperd/netsuperd.toml"];

        await MakeAsync("install", folder.Folder);

        Assert.Equal("/usr/lib/netsuperd/netsuperd", new FileInfo(folder["usr/sbin/netsuperd"]).LinkTarget);
        Assert.Contains("ExecStart=/usr/sbin/netsuperd run\n", await ReadAsync(folder, "usr/lib/systemd/system/netsuperd.service"));
        Assert.StartsWith(".TH NETSUPERD 8", await ReadAsync(folder, "usr/share/man/man8/netsuperd.8"));
        Assert.StartsWith(".TH NETSUPERD.TOML 5", await ReadAsync(folder, "usr/share/man/man5/netsuperd.toml.5"));
        Assert.StartsWith("#compdef netsuperd\n", await ReadAsync(folder, "usr/share/zsh/site-functions/_netsuperd"));
        Assert.EndsWith("complete -F _netsuperd netsuperd\n", await ReadAsync(folder, "usr/share/bash-completion/completions/netsuperd"));
        Assert.Contains("complete -c netsuperd", await ReadAsync(folder, "usr/share/fish/vendor_completions.d/netsuperd.fish"));
        const string Schema = "usr/share/netsuperd/netsuperd.schema.json";
        var header = $"#:schema /{Schema}\n";
        Assert.Equal(await Command.OutputAsync(installed, "schema"), await ReadAsync(folder, Schema));
        Assert.StartsWith(header, await ReadAsync(folder, "etc/netsuperd/netsuperd.toml"));
        Assert.StartsWith(header, await ReadAsync(folder, "etc/netsuperd/netsuperd.d/ftp.toml.disabled"));
        Assert.Equal(0, (await Command.RunAsync(installed, "check", "--config", map)).Status);

        // A second installation is an update: the map is the administrator's.
        await File.AppendAllTextAsync(map, "# mine\n", TestContext.Current.CancellationToken);
        await MakeAsync("install", folder.Folder);
        Assert.EndsWith("# mine\n", await ReadAsync(folder, "etc/netsuperd/netsuperd.toml"));

        await MakeAsync("uninstall", folder.Folder);
        Assert.False(Directory.Exists(Path.GetDirectoryName(installed)));
        Assert.Empty(Directory.GetFiles(folder["usr"], "*", SearchOption.AllDirectories));
        Assert.True(File.Exists(map));
    }

    [Fact]
    public async Task Uninstall_LeavesThePluginsOfOthers()
    {
        using var folder = new Scratch();
        await MakeAsync("install", folder.Folder);
        var plugin = folder.Write("usr/lib/netsuperd/plugins/mine/mine.dll", "mine");
        var beside = folder.Write("usr/lib/netsuperd/plugins/custom/settings", "mine");
        Directory.CreateDirectory(folder["usr/lib/netsuperd/plugins/empty"]);
        File.Delete(folder["usr/sbin/netsuperd"]);
        var other = folder.Write("usr/sbin/netsuperd", "of another package");

        await MakeAsync("uninstall", folder.Folder);

        Assert.Equal(
            [beside, plugin],
            Directory.GetFiles(folder["usr/lib/netsuperd"], "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        Assert.True(Directory.Exists(folder["usr/lib/netsuperd/plugins/empty"]));
        Assert.True(File.Exists(other));
        // A second time there is nothing to do.
        await MakeAsync("uninstall", folder.Folder);
    }

    [Fact]
    public async Task Install_WithAStrictUmask_CanBeUsedByEveryUser()
    {
        using var folder = new Scratch();
        var target = folder["a folder's"];

        await MakeAsync("install", target, "umask 077;");
        Assert.Equal("", await OthersMissAsync(target));

        // The next installation repairs one that other users could not read.
        await Command.OutputAsync("chmod", "-R", "go=", target + "/usr/lib/netsuperd");
        await MakeAsync("install", target, "umask 077;");
        Assert.Equal("", await OthersMissAsync(target));
        Assert.Equal(
            0,
            (await Command.RunAsync(
                target + "/usr/lib/netsuperd/netsuperd", "check", "--config", target + "/etc/netsuperd/netsuperd.toml")).Status);
    }

    [Fact]
    public async Task Install_WhileADaemonRuns_SaysSoAndLeavesItRunning()
    {
        using var folder = new Scratch();
        await MakeAsync("install", folder.Folder);
        await using var daemon = await Daemon.StartAsync(
            "[ports]\n\"127.0.0.1:%echo%\" = \"echo\"\n", new DaemonSetup { Program = folder["usr/lib/netsuperd/netsuperd"] });

        Assert.Contains($"process {daemon.Pid} is a daemon of the files", await MakeAsync("install", folder.Folder));
        Assert.Contains($"process {daemon.Pid} is a daemon of the files", await MakeAsync("uninstall", folder.Folder));

        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("a", await client.TalkAsync("a"));
    }

    [Fact]
    public async Task Install_ThatCannotPlaceAFile_Fails()
    {
        using var folder = new Scratch();
        folder.Write("usr/lib/netsuperd/Tomlyn.dll/in the way", "");

        var result = await RunAsync("install", folder.Folder);

        Assert.NotEqual(0, result.Status);
        Assert.Contains("Tomlyn.dll", result.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Folder, "*.new", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Uninstall_BelowARelativeFolder_TakesAllAway()
    {
        // As packagers write it: DESTDIR=debian/tmp.
        using var folder = new Scratch();
        var relative = Path.GetRelativePath(BuiltTree.Repository, folder.Folder);

        await MakeAsync("install", relative);
        await MakeAsync("uninstall", relative);

        Assert.False(Path.Exists(folder["usr/lib/netsuperd"]));
        Assert.False(Path.Exists(folder["usr/sbin/netsuperd"]));
        Assert.False(Path.Exists(folder["usr/lib/systemd/system/netsuperd.service"]));
    }

    [Theory]
    [InlineData("PREFIX=/opt/two words")]
    [InlineData("PREFIX=opt")]
    [InlineData("PREFIX=")]
    [InlineData("PREFIX=/opt/a,b")]
    [InlineData("PREFIX=/opt/R&D")]
    [InlineData("PREFIX=/opt/50%")]
    [InlineData("PREFIX=/opt/it's")]
    public async Task Prefix_ThatIsNoPlainAbsolutePath_IsRefusedWithTheReason(string prefix)
    {
        using var folder = new Scratch();

        var result = await RunAsync("install", folder.Folder, "", prefix);

        Assert.NotEqual(0, result.Status);
        Assert.Contains("PREFIX", result.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Folder));
    }

    // Folders and files of which a user without rights would miss something.
    private static Task<string> OthersMissAsync(string folder) => Command.OutputAsync(
        "find", folder, "-mindepth", "1", "-type", "d", "!", "-perm", "755", "-o", "-type", "f", "!", "-perm", "644", "!", "-perm", "755");

    private static Task<string> ReadAsync(Scratch folder, string path) =>
        File.ReadAllTextAsync(folder[path], TestContext.Current.CancellationToken);

    private static async Task<string> MakeAsync(string target, string folder, string before = "")
    {
        var result = await RunAsync(target, folder, before);
        Assert.True(result.Status == 0, result.Errors);
        return result.Output;
    }

    private static Task<CommandResult> RunAsync(string target, string folder, string before = "", string prefix = "PREFIX=/usr") =>
        Command.RunAsync(
        TimeSpan.FromMinutes(2),
        "/bin/sh",
        [
            "-c", before + " exec \"$@\"", "sh",
            "make", "-C", BuiltTree.Repository, "-o", "build", "-o", "build-needs", target, $"DESTDIR={folder}", prefix,
        ]);
}
