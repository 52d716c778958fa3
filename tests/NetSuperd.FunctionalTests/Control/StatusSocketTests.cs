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

    [Fact]
    public async Task Token_OfTheFile_LetsAClientPauseUntilAReload()
    {
        var (first, second) = (new string('a', 32), new string('b', 32));
        await using var daemon = await Daemon.StartAsync(
            Map.Replace("[ports]", "operator_token_file = \"token\"\n\n[ports]", StringComparison.Ordinal),
            new DaemonSetup { Prepare = scratch => WriteToken(scratch, first) });

        Assert.Equal((0, 77), (await PauseAsync(daemon, first), await PauseAsync(daemon, second)));
        Assert.Equal("paused", (await daemon.StatusAsync()).Service("echo").State);

        WriteToken(daemon.Scratch, second);
        await daemon.DoAsync("reload");
        Assert.Equal((77, 0), (await PauseAsync(daemon, first), await PauseAsync(daemon, second)));

        await daemon.WaitForEventAsync("WrongToken");
        Assert.DoesNotContain(first, daemon.Log.Text, StringComparison.Ordinal);
    }

    private static void WriteToken(Scratch scratch, string token) => File.SetUnixFileMode(
        scratch.Write("token", $"{token}\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    private static async Task<int> PauseAsync(Daemon daemon, string token)
    {
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["status.sock"]);
        await client.SendAsync(StatusJson.Text(new { V = 1, Command = "pause", Service = "echo", Token = token }) + "\n");
        return StatusJson.Read<ControlReply>(await client.ReadToEndAsync()).Status;
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
