using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>A handler opens a file before its first client and closes it after its last one.</summary>
[OnWindows]
public sealed class LivingHandlerTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    [Fact]
    public async Task Check_OfAPluginThatOpensAFile_CreatesNothingAndRunSaysWhyItCannot()
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", Map($"{FreePorts.Next()}", scratch["data"]));
        var check = await Netsuperd.RunAsync("check", "--config", map);
        Assert.Equal(0, check.Status);
        Assert.False(File.Exists(scratch["data"]));

        scratch.Write("map.toml", Map($"{FreePorts.Next()}", scratch["missing/data"]));
        var run = await Netsuperd.RunAsync("run", "--config", map);
        Assert.Equal(71, run.Status);
        Assert.Contains($"{map}:4:11: the handler 'living' cannot start: DirectoryNotFound", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_WithAHandlerThatCannotStart_LeavesTheOldMapInForce()
    {
        await using var daemon = await Daemon.StartAsync(
            Map("%p%", "%dir%/data", "json"), new DaemonSetup { Expected = ["ReloadRefused"] });
        Assert.Equal("open", await AskAsync(daemon));

        daemon.Edit(map => map.Replace("data\"", "other/data\"", StringComparison.Ordinal));
        Assert.Contains("services.one.settings", await daemon.AskedAsync("reload", "--dry-run"), StringComparison.Ordinal);

        var reload = await daemon.RequestAsync("reload");
        Assert.Equal(71, reload.Status);
        var error = Assert.Single(reload.Messages, message => message.Contains(" error: ", StringComparison.Ordinal));
        Assert.Contains(":4:11: error: the handler 'living' cannot start: ", error, StringComparison.Ordinal);
        await daemon.WaitForEventAsync("ReloadRefused");
        Assert.Equal("open", await AskAsync(daemon));
        Assert.Equal(0, await daemon.StopAsync());
        Assert.True(File.Exists(daemon.Scratch["data.closed"]));
    }

    private string Map(string port, string file, string format = "text") => $"""
        [ports]
        {port} = "one"
        [services.one]
        handler = "living"
        settings.file = "{file}"
        [daemon]
        plugins = "{plugins.Folder}"
        [log]
        format = "{format}"
        """;

    private static async Task<string> AskAsync(Daemon daemon)
    {
        using var client = await daemon.ConnectAsync("p");
        return await client.ReadToEndAsync();
    }
}
