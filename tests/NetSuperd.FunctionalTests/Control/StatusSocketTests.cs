using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Control;

/// <summary>The socket at which a group may ask the daemon, and change nothing.</summary>
public sealed class StatusSocketTests
{
    private const string Map = """
        [daemon]
        status_group = "adm"

        [ports]
        "127.0.0.1:%echo%" = "echo"

        [services.echo]
        handler = "echo"
        """;

    public StatusSocketTests() => Privilege.Require("another user asks");

    [Fact]
    public async Task User_OfTheGroup_AsksAndChangesNothing()
    {
        await using var daemon = await StartAsync();

        Assert.Equal(0, (await AskAsync(daemon, "adm", "status")).Status);
        Assert.Equal(0, (await AskAsync(daemon, "adm", "connections")).Status);
        var explained = await AskAsync(daemon, "adm", "explain", "192.0.2.1", $"127.0.0.1:{daemon.Port("echo")}");
        Assert.True(explained.Status == 0, explained.Errors);
        Assert.Contains("192.0.2.1 may come in", explained.Output, StringComparison.Ordinal);
        Assert.Equal(77, (await AskAsync(daemon, "adm", "pause", "echo")).Status);
        var stranger = await AskAsync(daemon, "nogroup", "status");
        Assert.Equal(77, stranger.Status);
        Assert.Contains("status.sock the group of daemon.status_group", stranger.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_AfterARestartAndAReload_IsThatOfTheMap()
    {
        await using var daemon = await StartAsync();
        await daemon.RestartAsync();
        Assert.Equal(0, (await AskAsync(daemon, "adm", "status")).Status);

        daemon.Edit(map => map.Replace("\"adm\"", "\"nogroup\"", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.Equal(77, (await AskAsync(daemon, "adm", "status")).Status);
        Assert.Equal(0, (await AskAsync(daemon, "nogroup", "status")).Status);

        daemon.Edit(map => map.Replace("status_group", "# status_group", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        Assert.False(File.Exists(daemon.Scratch["status.sock"]));
    }

    private static Task<Daemon> StartAsync() => Daemon.StartAsync(Map, new DaemonSetup
    {
        // The folder of the tests is that of their user alone.
        Prepare = scratch => File.SetUnixFileMode(scratch.Folder, File.GetUnixFileMode(scratch.Folder) | UnixFileMode.OtherExecute),
    });

    private static Task<CommandResult> AskAsync(Daemon daemon, string group, params string[] command) => Command.RunAsync(
        "/usr/bin/setpriv",
        [
            "--reuid=65534", $"--regid={group}", "--clear-groups",
            BuiltTree.Program, .. command, "--control", daemon.Scratch["control.sock"],
        ]);
}
