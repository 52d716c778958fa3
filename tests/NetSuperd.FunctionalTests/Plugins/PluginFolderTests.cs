using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Folders of plugins that are not as they should be.</summary>
[OnWindows]
public sealed class PluginFolderTests
{
    private static string Custom => Path.Combine(BuiltTree.Folder, "plugins/custom");

    [Fact]
    public async Task Assembly_ThatIsBroken_FailsOnlyServicesThatNameIt()
    {
        await using var daemon = await Daemon.StartAsync(Map("custom"), new DaemonSetup
        {
            Prepare = scratch =>
            {
                CopyCustom(scratch["plugins/custom"], "custom");
                scratch.Write("plugins/broken/broken.dll", "this is no assembly");
            },
        });
        var warning = await daemon.WaitForEventAsync("MapWarning");
        Assert.Contains(Shown(daemon, "plugins/broken/broken.dll"), warning["Problem"], StringComparison.Ordinal);
        using var client = await daemon.ConnectAsync("p");

        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Plugins_OfWhichTheMapNamesNone_AreNotLoaded()
    {
        await using var daemon = await Daemon.StartAsync(Map("echo"), new DaemonSetup
        {
            Prepare = scratch => scratch.Write("plugins/broken/broken.dll", "this is no assembly"),
        });
        Assert.DoesNotContain(daemon.Events, found => found.Name == "MapWarning");

        CopyCustom(daemon.Scratch["plugins/custom"], "custom");
        daemon.Edit(map => map.Replace("\"echo\"", "\"custom\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        await daemon.WaitForEventAsync("MapWarning");
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Assembly_ThatIsBroken_IsAnErrorToAServiceThatNamesIt()
    {
        await using var daemon = Daemon.Launch(Map("broken"), new DaemonSetup
        {
            Prepare = scratch => scratch.Write("plugins/broken/broken.dll", "this is no assembly"),
        });

        Assert.Equal(78, await daemon.ExitAsync());
        Assert.Contains("the handler 'broken' cannot be used", daemon.Log.Text, StringComparison.Ordinal);
        Assert.Contains(Shown(daemon, "plugins/broken/broken.dll"), daemon.Log.Text, StringComparison.Ordinal);
    }

    [OnLinux("modes of files")]
    [Theory]
    [InlineData("custom")]
    [InlineData("custom/custom.dll")]
    [InlineData("")]
    public async Task Plugin_OthersCanWrite_IsAnErrorForRoot(string path)
    {
        Privilege.Require("only root must not believe others");
        await using var daemon = Daemon.Launch(Map("custom"), new DaemonSetup
        {
            Prepare = scratch =>
            {
                CopyCustom(scratch["plugins/custom"], "custom");
                File.SetUnixFileMode(scratch[Path.Combine("plugins", path)], (UnixFileMode)Convert.ToInt32("777", 8));
            },
        });

        Assert.Equal(78, await daemon.ExitAsync());
        Assert.Contains(
            $"chmod go-w {daemon.Scratch[Path.Combine("plugins", path)].TrimEnd('/')}", daemon.Log.Text, StringComparison.Ordinal);
    }

    [OnLinux("owners of files")]
    [Fact]
    public async Task Plugin_OfAnotherUser_IsAnErrorForRoot()
    {
        Privilege.Require("a file of another user");
        using var scratch = new Scratch();
        CopyCustom(scratch["plugins/custom"], "custom");
        await Command.OutputAsync("chown", "nobody", scratch["plugins/custom/custom.dll"]);
        var map = scratch.Write("map.toml", Map("custom").Replace("%dir%", scratch.Folder, StringComparison.Ordinal)
            .Replace("%p%", $"{FreePorts.Next()}", StringComparison.Ordinal));

        var run = await Netsuperd.RunAsync("run", "--config", map);

        Assert.Equal(78, run.Status);
        Assert.Contains($"chown root {scratch["plugins/custom/custom.dll"]}", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handlers_OfOneName_AreAnError()
    {
        await using var daemon = Daemon.Launch(Map("custom"), new DaemonSetup
        {
            Prepare = scratch =>
            {
                CopyCustom(scratch["plugins/custom"], "custom");
                CopyCustom(scratch["plugins/twin"], "twin");
            },
        });

        Assert.Equal(78, await daemon.ExitAsync());
        Assert.Contains(Shown(daemon, "plugins/custom/custom.dll"), daemon.Log.Text, StringComparison.Ordinal);
        Assert.Contains(Shown(daemon, "plugins/twin/twin.dll"), daemon.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_Missing_IsAnError()
    {
        await using var daemon = Daemon.Launch(Map("echo"));

        Assert.Equal(78, await daemon.ExitAsync());
        var folder = Shown(daemon, "plugins");
        Assert.Contains($"there is no folder '{folder}'", daemon.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_Empty_LeavesTheBuiltIns()
    {
        await using var daemon = await Daemon.StartAsync(
            Map("echo"), new DaemonSetup { Prepare = scratch => Directory.CreateDirectory(scratch["plugins"]) });
        using var client = await daemon.ConnectAsync("p");

        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    [Fact]
    public async Task Assembly_RewrittenInPlace_DoesNotKillTheDaemon()
    {
        await using var daemon = await Daemon.StartAsync(Map("custom"), new DaemonSetup
        {
            Prepare = scratch => CopyCustom(scratch["plugins/custom"], "custom"),
        });

        // Truncated while it runs and before its code was compiled.
        File.WriteAllBytes(daemon.Scratch["plugins/custom/custom.dll"], []);
        using var client = await daemon.ConnectAsync("p");

        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
    }

    [OnLinux("workers")]
    [Fact]
    public async Task Plugin_ThatTheUserOfItsWorkerCannotRead_IsAnErrorThatNamesTheUser()
    {
        Privilege.Require("only root gives a worker another user");
        using var scratch = new Scratch();
        CopyCustom(scratch["plugins/Chat"], "Chat");
        var map = scratch.Write("map.toml", $"""
            [ports]
            2006 = "chat"
            [services.chat]
            handler = "custom"
            user = "nobody"
            [daemon]
            plugins = "{scratch["plugins"]}"
            """);

        var result = await Netsuperd.RunAsync("check", "--config", map);

        Assert.Equal(78, result.Status);
        Assert.Contains("the user 'nobody' cannot read it", result.Errors, StringComparison.Ordinal);
    }

    private static string Shown(Daemon daemon, string file) => TestedSystem.Current.Written(daemon.Scratch[file]);

    private static string Map(string service) => $"""
        [ports]
        %p% = "{service}"
        [daemon]
        plugins = "%dir%/plugins"
        """;

    private static void CopyCustom(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Custom))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file).Replace("custom.", name + ".", StringComparison.Ordinal)));
        }
    }
}
