using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Top;

/// <summary><c>netsuperd top</c> at a terminal: what it shows, what its keys do, and how it leaves the terminal.</summary>
public sealed class TopTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%shut%" = "shut"

        [services.echo]
        handler = "echo"

        [services.shut]
        handler = "echo"
        allow = []
        """;

    private static readonly Dictionary<string, string> Xterm = new() { ["TERM"] = "xterm", ["LC_ALL"] = "C.UTF-8" };

    [Fact]
    public async Task Keys_DoWhatTheirHelpSays()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("a", await client.TalkAsync("a"));
        await using var top = Start(daemon, Xterm);
        var screen = await top.UntilAsync("[Services 2]");
        Assert.Matches(@"(?m)^> echo +serving +1 ", screen);
        Assert.Equal(24, screen.Split('\n').Length);

        // Pause and resume of the service that is chosen.
        await top.TypeAsync("p", "echo is paused");
        await daemon.UntilAsync("echo", "paused");
        await top.UntilAsync("paused  ");
        await top.TypeAsync("p", "echo is resumed");
        await daemon.UntilAsync("echo", "serving");

        // The other row by the arrow, its details and back; then help.
        await top.TypeAsync("\u001b[B", "> shut");
        await top.TypeAsync("\r", "LIMIT");
        await top.TypeAsync("q", "[Services 2]");
        await top.TypeAsync("?", "choose a row");
        await top.TypeAsync("\u001b", "[Services 2]");

        // The socket is that of the service, unless another is typed.
        await top.TypeAsync("e203.0.113.9\r", "203.0.113.9 is refused (address)");
        await top.TypeAsync("q", "[Services 2]");

        // A filter by name, and none.
        await top.TypeAsync("/ech\r", "[Services 1]");
        await top.TypeAsync("/\u0015\r", "[Services 2]");
        await top.TypeAsync("s", "by name");
        await top.TypeAsync("R", "by name, reversed");
        await top.TypeAsync("f", "FROZEN");
        await top.TypeAsync("f");
        await top.UntilAsync(shown => !shown.Contains("FROZEN", StringComparison.Ordinal), "it runs again");

        await CheckConnectionsAsync(top, client);
        Assert.Equal("aborted", (await daemon.WaitForRecordAsync(client.Name)).End["End"]);

        // Events: a refusal is one.
        await top.TypeAsync("3", "[Events");
        using var refused = await daemon.ConnectAsync("shut");
        await top.UntilAsync($"from {refused.Name}");
        Assert.Contains("33", top.See(seen => seen.Renditions.ToList()));
        await top.TypeAsync("q");
        Assert.Equal(0, await top.ExitAsync());
    }

    [Fact]
    public async Task Terminal_AfterEachEnd_IsAsBefore()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        foreach (var (key, signal) in ((string?, int)[])
        [
            ("q", 0), ("\u0003", 0), ("\u001c", 0),
            (null, RunningProcess.SIGTERM), (null, RunningProcess.SIGHUP), (null, RunningProcess.SIGKILL),
        ])
        {
            await using var top = Start(daemon, Xterm, "stty -icrnl; ");
            await top.UntilAsync("[Services 2]");
            Assert.Contains("-echo ", await top.SettingsAsync(), StringComparison.Ordinal);

            if (key is null)
            {
                top.Signal(signal);
            }
            else
            {
                await top.TypeAsync(key);
            }

            await Deadline.UntilAsync(() => !top.See(screen => screen.IsTaken), "the screen is given back");
            await Deadline.UntilAsync(top.SettingsAsync, IsAsBefore, "the settings are as before");
            Assert.Equal(signal == RunningProcess.SIGKILL ? 128 + signal : 0, await top.ExitAsync());
        }

        static bool IsAsBefore(string settings) =>
            settings.Contains(" echo ", StringComparison.Ordinal) && settings.Contains(" icanon ", StringComparison.Ordinal)
            && settings.Contains("-icrnl ", StringComparison.Ordinal);
    }

    [Fact]
    public async Task View_ThatIsStoppedResizedAndLeftWithoutADaemon_Continues()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        await using var top = Start(daemon, new Dictionary<string, string>(Xterm) { ["NO_COLOR"] = "1" });
        await top.UntilAsync("[Services 2]");

        await top.TypeAsync("\u001a");
        await Deadline.UntilAsync(() => ProcFiles.Children(Environment.ProcessId).Contains((top.Pid, 'T')), "the view is stopped");
        await Deadline.UntilAsync(() => !top.See(screen => screen.IsTaken), "the screen is given back");
        Assert.Contains(" echo ", await top.SettingsAsync(), StringComparison.Ordinal);
        top.Signal(RunningProcess.SIGCONT);
        await Deadline.UntilAsync(() => top.See(screen => screen.IsTaken), "the view is back");

        top.Resize(10, 40);
        var small = await top.UntilAsync("> echo");
        Assert.Equal(10, small.Split('\n').Length);
        top.Resize(24, 80);
        await top.UntilAsync("? help");

        await daemon.RestartAsync();
        await top.UntilAsync($"netsuperd {(await daemon.StatusAsync()).Pid} ");
        await daemon.StopAllAsync();
        await top.UntilAsync("NO ANSWER since");
        Assert.DoesNotContain(top.See(screen => screen.Renditions.ToList()), code => code.Contains('3', StringComparison.Ordinal));
        await top.TypeAsync("q");
        Assert.Equal(0, await top.ExitAsync());
    }

    [Fact]
    public async Task User_OfTheStatusGroup_GivesOrdersWithTheTokenAlone()
    {
        Privilege.Require("another user asks");
        const string Token = "correct-horse-battery-staple-0001";
        await using var daemon = await Daemon.StartAsync(
            $"[daemon]\nstatus_group = \"nogroup\"\noperator_token_file = \"token\"\n\n{Map}",
            new DaemonSetup
            {
                Prepare = scratch =>
                {
                    // The folder of the tests is that of their user alone.
                    File.SetUnixFileMode(scratch.Folder, File.GetUnixFileMode(scratch.Folder) | UnixFileMode.OtherExecute);
                    File.SetUnixFileMode(scratch.Write("token", Token), UnixFileMode.UserRead);
                    File.SetUnixFileMode(scratch.Write("copy", Token), UnixFileMode.UserRead | UnixFileMode.OtherRead);
                },
            });
        const string Another = "setpriv --reuid=65534 --regid=nogroup --clear-groups ";
        await using var reader = Start(daemon, Xterm, through: Another);
        await reader.UntilAsync("read only");
        await reader.TypeAsync("p", "Not done");
        Assert.Equal("serving", (await daemon.StatusAsync()).Service("echo").State);

        await using var user = Start(daemon, Xterm, through: Another, options: $" --token-file {daemon.Scratch["copy"]}");
        await user.UntilAsync("[Services 2]");
        Assert.DoesNotContain("read only", user.See(screen => screen.Text), StringComparison.Ordinal);
        await user.TypeAsync("p", "echo is paused");
        await daemon.UntilAsync("echo", "paused");
    }

    [Fact]
    public async Task Pipe_OrATerminalWithoutACursor_IsAUsageError()
    {
        using var scratch = new Scratch();
        var piped = await Netsuperd.RunAsync("top", "--control", scratch["control.sock"]);
        Assert.Equal((64, ""), (piped.Status, piped.Output));
        Assert.Contains("netsuperd status", piped.Errors, StringComparison.Ordinal);

        await using var dumb = TerminalProcess.Start(
            new Dictionary<string, string> { ["TERM"] = "dumb" }, BuiltTree.Program, "top", "--control", scratch["control.sock"]);
        await dumb.UntilAsync("top needs a terminal");
        Assert.Equal(64, await dumb.ExitAsync());
    }

    private static async Task CheckConnectionsAsync(TerminalProcess top, TcpPeer client)
    {
        // Those of a prefix are asked for; abort after a yes only.
        await top.TypeAsync("\t", "[Connections 1]");
        await top.UntilAsync(client.Name);
        await top.TypeAsync("/10.0.0.0/8\r", "[Connections 0]");
        await top.TypeAsync("/\u0015127.0.0.0/8\r", "[Connections 1]");
        await top.TypeAsync("e\r", "127.0.0.1 may come in");
        await top.TypeAsync("q", "[Connections 1]");
        await top.TypeAsync("a", "? y/n");
        await top.TypeAsync("n", "? help");
        await top.TypeAsync("a", "? y/n");
        await top.TypeAsync("y", "is aborted");
    }

    private static TerminalProcess Start(
        Daemon daemon, IReadOnlyDictionary<string, string> environment, string before = "", string through = "", string options = "")
    {
        var top = $"{BuiltTree.Program} top --interval 0.2 --control {daemon.Scratch["control.sock"]}{options}";
        return TerminalProcess.Start(environment, "sh", "-c", $"unset COLUMNS LINES; {before}exec {through}{top}");
    }
}
