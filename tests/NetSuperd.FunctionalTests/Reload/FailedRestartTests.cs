using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>The new process does not serve: the command reports why, and nothing has changed.</summary>
public sealed class FailedRestartTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "%dir%/echo.sock" = "echo"

        [daemon]
        pid_file = "%dir%/daemon.pid"
        drain = "2s"
        """;

    [Fact]
    public Task Restart_AMapWithErrors_SaysThem() =>
        FailAsync(map => map.Replace("\"echo\"", "\"ecko\"", StringComparison.Ordinal), 78, "ecko");

    [Fact]
    public Task Restart_AControlSocketWhereAFileIs_SaysIt() =>
        FailAsync(map => Others(map).Replace("second.sock", "taken", StringComparison.Ordinal), 71, "not of a socket");

    [Fact]
    public Task Restart_APidFileThatCannotBeWritten_SaysIt() =>
        FailAsync(
            map => Others(map).Replace("pid_file = \"", "pid_file = \"/proc/netsuperd.pid\" # ", StringComparison.Ordinal),
            71, "/proc/netsuperd.pid");

    [Fact]
    public Task Restart_ALogThatCannotBeOpened_SaysIt() =>
        FailAsync(
            map => Others(map).Replace("[log]", "[log]\nfile = \"/proc/netsuperd.log\"\ntarget = \"file\"", StringComparison.Ordinal),
            71, "/proc/netsuperd.log");

    private static string Others(string map) => map.Replace("control.sock", "second.sock", StringComparison.Ordinal)
        .Replace("[ports]\n", "[ports]\n\"%dir%/other.sock\" = \"echo\"\n", StringComparison.Ordinal);

    private static async Task FailAsync(Func<string, string> edit, int status, string reason)
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["RestartFailed", "StartFailed"] });
        await File.WriteAllTextAsync(daemon.Scratch["taken"], "", TestContext.Current.CancellationToken);
        var files = Left();
        daemon.Edit(map => edit(map).Replace("%dir%", daemon.Scratch.Folder, StringComparison.Ordinal));

        var result = await daemon.AskAsync("restart");

        Assert.True(status == result.Status, result.Errors);
        Assert.Contains($"ended with status {status}", result.Errors, StringComparison.Ordinal);
        Assert.Contains(reason, result.Errors, StringComparison.Ordinal);

        // An event for each message: how the new process ended, and what it said.
        await daemon.WaitForEventAsync("RestartFailed", found =>
            found["Reason"].Contains($"ended with status {status}", StringComparison.Ordinal));
        await daemon.WaitForEventAsync("RestartFailed", found => found["Reason"].Contains(reason, StringComparison.Ordinal));
        Assert.Equal(files, Left());
        Assert.Equal($"{daemon.Pid}\n", File.ReadAllText(daemon.Scratch["daemon.pid"]));
        Assert.Equal(daemon.Pid, (await daemon.StatusAsync()).Pid);
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["echo.sock"]);
        Assert.Equal("x", await client.TalkAsync("x"));
        Assert.DoesNotContain("ControlReplaced", daemon.Events.Select(found => found.Name));

        List<string?> Left() => [.. Directory.EnumerateFiles(daemon.Scratch.Folder).Select(Path.GetFileName).Order()];
    }
}
