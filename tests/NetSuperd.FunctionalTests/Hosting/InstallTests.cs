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
        Assert.Equal(0, (await Command.RunAsync(installed, "check", "--config", map)).Status);

        // A second installation is an update: the map is the administrator's.
        await File.AppendAllTextAsync(map, "# mine\n", TestContext.Current.CancellationToken);
        await MakeAsync("install", folder.Folder);
        Assert.EndsWith("# mine\n", await ReadAsync(folder, "etc/netsuperd/netsuperd.toml"));

        await MakeAsync("uninstall", folder.Folder);
        Assert.False(Directory.Exists(Path.GetDirectoryName(installed)));
        Assert.True(File.Exists(map));
    }

    private static Task<string> ReadAsync(Scratch folder, string path) =>
        File.ReadAllTextAsync(folder[path], TestContext.Current.CancellationToken);

    private static async Task MakeAsync(string target, string folder)
    {
        var result = await Command.RunAsync(
            TimeSpan.FromMinutes(1),
            "make",
            ["-C", BuiltTree.Repository, "-o", "build", "-o", "build-needs", target, $"DESTDIR={folder}", "PREFIX=/usr"]);
        Assert.True(result.Status == 0, result.Errors);
    }
}
