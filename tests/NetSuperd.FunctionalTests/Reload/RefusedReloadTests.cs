using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>A map that cannot be read or is wrong: the reload is refused, and the daemon serves by the map that it has.</summary>
public sealed class RefusedReloadTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"

        [services.cat]
        exec = ["/bin/cat"]
        """;

    [Fact]
    public async Task Reload_AMapWithErrors_ChangesNothingAndSaysAll()
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["ReloadRefused"] });
        daemon.Edit(map => map.Replace(
            "\"echo\"", "\"eccho\"", StringComparison.Ordinal).Replace("exec", "exce", StringComparison.Ordinal));

        var result = await daemon.AskAsync("reload");

        Assert.Equal(78, result.Status);
        Assert.Contains("map.toml:2:", result.Errors, StringComparison.Ordinal);
        Assert.Contains("'exce'", result.Errors, StringComparison.Ordinal);
        var key = await daemon.WaitForEventAsync("ReloadRefused", found => found["Problem"].Contains("'exce'", StringComparison.Ordinal));
        Assert.Equal((daemon.Scratch["map.toml"], "Error"), (key["File"], key.Level));
        Assert.Contains($"map.toml:{key.Number("Line")}:{key.Number("Column")}: error: ", result.Errors, StringComparison.Ordinal);
        var service = await daemon.WaitForEventAsync("ReloadRefused", found =>
            found["Problem"].Contains("'eccho'", StringComparison.Ordinal));
        Assert.Equal(2, service.Number("Line"));
        Assert.DoesNotContain("\\\\n", daemon.Log.Text, StringComparison.Ordinal);
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await client.TalkAsync("TEST"));
    }

    [Fact]
    public async Task Reload_WithoutItsWorkingDirectory_IsRefusedAndTheOldMapStaysInForce()
    {
        using var scratch = new Scratch();
        var folder = Path.Combine(scratch.Folder, "gone");
        Directory.CreateDirectory(folder);
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup
        {
            Expected = ["ReloadRefused", "RestartFailed"],
            Through = Shell.Through($"cd '{folder}' && ln -s \"$4\" map.toml; set -- \"$1\" \"$2\" \"$3\" map.toml"),
        });
        Directory.Delete(folder, recursive: true);

        var reloaded = await daemon.AskAsync("reload");
        var restarted = await daemon.AskAsync("restart");

        Assert.Equal((66, 66), (reloaded.Status, restarted.Status));
        Assert.Contains("the working directory is gone", reloaded.Errors, StringComparison.Ordinal);
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await client.TalkAsync("x"));
        Assert.Equal(0, (await daemon.AskAsync("status")).Status);
    }

    [Fact]
    public async Task Reload_ThatIsRefused_LeavesNoLogFile()
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["ReloadRefused"] });
        daemon.Edit(map => map.Replace(
            "[log]", $"[log]\ntarget = \"file\"\nfile = \"{daemon.Scratch["new.log"]}\"", StringComparison.Ordinal)
            .Replace("control.sock", "map.toml", StringComparison.Ordinal));

        Assert.NotEqual(0, (await daemon.AskAsync("reload")).Status);
        Assert.False(File.Exists(daemon.Scratch["new.log"]));
    }

    [Fact]
    public async Task Hup_AFileThatVanished_IsRefusedAndTheOldMapStaysInForce()
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["ReloadRefused"] });
        File.Delete(daemon.Scratch["map.toml"]);

        daemon.Signal(RunningProcess.SIGHUP);
        await daemon.WaitForEventAsync("ReloadRefused");
        Assert.Equal(66, (await daemon.AskAsync("reload")).Status);

        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await client.TalkAsync("TEST"));
    }
}
