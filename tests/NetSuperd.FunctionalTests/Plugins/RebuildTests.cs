using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>A plugin that is built again while the daemon runs.</summary>
[OnWindows]
public sealed class RebuildTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    private const int Rebuilds = 12;
    private const long Ballast = 24 << 20;

    [Fact]
    public async Task Reload_ARebuiltPlugin_IsLoadedAgainAndTheOldOneEndsWithItsLastConnection()
    {
        await using var daemon = await Daemon.StartAsync(
            "[ports]\n%heavy% = \"heavy\"\n[daemon]\nplugins = \"%dir%\"\n[log]\nformat = \"json\"\nlevel = \"debug\"\n",
            new DaemonSetup { Prepare = scratch => scratch.Copy(Path.Combine(plugins.Folder, "heavy"), "heavy") });
        var assembly = daemon.Scratch["heavy/heavy.dll"];
        var bytes = File.ReadAllBytes(assembly);
        using var old = await daemon.ConnectAsync("heavy");
        Assert.Equal("b", await ShiftAsync(old));
        var before = ProcFiles.ResidentBytes(daemon.Pid);

        for (var i = 1; i <= Rebuilds; i++)
        {
            // Another file to the daemon and the same to the runtime, in place as a careless build writes it.
            File.WriteAllBytes(assembly, [.. bytes, .. new byte[i]]);
            await daemon.DoAsync("reload");
            using var client = await daemon.ConnectAsync("heavy");
            Assert.Equal("b", await ShiftAsync(client));
            client.Finish();
            await client.ReceiveToEndAsync();
        }

        // All but the one in force and the first, which still has a connection.
        await daemon.WaitForEventsAsync("PluginUnloaded", Rebuilds - 1);
        await Deadline.UntilAsync(
            () => ProcFiles.ResidentBytes(daemon.Pid) < before + (3 * Ballast),
            "the memory of the plugins before");
        Assert.Equal("b", await ShiftAsync(old));
        old.Finish();
        await old.ReceiveToEndAsync();
        await daemon.WaitForEventsAsync("PluginUnloaded", Rebuilds);
    }

    private static async Task<string> ShiftAsync(TcpPeer client)
    {
        await client.SendAsync("a");
        return System.Text.Encoding.ASCII.GetString(await client.ReceiveAsync(1));
    }
}
