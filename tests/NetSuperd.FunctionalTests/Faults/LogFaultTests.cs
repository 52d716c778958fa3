using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Faults;

/// <summary>
/// A log that cannot be written for a while: the daemon serves, no line is glued to half of another, and what is missing is counted.
/// </summary>
public sealed class LogFaultTests
{
    private const int Connections = 60;
    private const int EventsOfEach = 2;
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        [services.echo]
        handler = "echo"
        max_per_source = "unlimited"
        [log]
        target = "file"
        file = "%dir%/log/daemon.log"
        format = "json"
        """;

    [Fact]
    public async Task File_AtItsGreatestSize_RecoversWithAnotherFileAndCountsWhatIsMissing()
    {
        await using var daemon = await StartAsync([]);
        var file = daemon.Scratch["log/daemon.log"];

        // Not from the start: the runtime itself makes memory files of some size.
        var most = new FileInfo(file).Length + 2_100;
        await Command.OutputAsync("/usr/bin/prlimit", "--pid", $"{daemon.Pid}", $"--fsize={most}:{1 << 30}");
        await ConnectAsync(daemon);
        await Deadline.UntilAsync(() => new FileInfo(file).Length == most, "a full log");

        // The new file has as little room, which the ends of connections that are still to be written would take up.
        await Deadline.UntilAsync(daemon.ConnectionsAsync, living => living.Count == 0, "the end of all connections");

        File.Move(file, file + ".1");
        daemon.Signal(RunningProcess.SIGUSR1);
        await Deadline.UntilAsync(() => File.Exists(file) && Whole(file).Any(found => found.Name == "LogReopened"), "the new file");
        await Command.OutputAsync("/usr/bin/prlimit", "--pid", $"{daemon.Pid}", $"--fsize={1 << 30}:{1 << 30}");
        await EndAsync(daemon, file);

        AssertAllAccounted([.. File.ReadAllLines(file + ".1"), .. File.ReadAllLines(file)], halves: 1);
    }

    [Fact]
    public async Task File_AtItsGreatestSize_ContinuesOnANewLineWhenTheLimitIsRaised()
    {
        await using var daemon = await StartAsync([]);
        var file = daemon.Scratch["log/daemon.log"];
        var most = new FileInfo(file).Length + 2_100;
        await Command.OutputAsync("/usr/bin/prlimit", "--pid", $"{daemon.Pid}", $"--fsize={most}:{1 << 30}");
        await ConnectAsync(daemon);
        await Deadline.UntilAsync(() => new FileInfo(file).Length == most, "a full log");
        await Command.OutputAsync("/usr/bin/prlimit", "--pid", $"{daemon.Pid}", $"--fsize={1 << 30}:{1 << 30}");
        await ConnectAsync(daemon);
        await EndAsync(daemon, file);

        AssertAllAccounted(File.ReadAllLines(file), halves: 1, Connections * 2);
    }

    [Fact]
    public async Task Child_OfADaemonThatIgnoresTheSignal_HasItsDefault()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%p%" = "grep"
            [services.grep]
            exec = ["/bin/grep", "SigIgn", "/proc/self/status"]
            """);
        using var client = await daemon.ConnectAsync("p");

        Assert.Equal($"SigIgn:\t{0:x16}\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Disk_ThatIsFull_LeavesNoHalfLineBeforeAnother()
    {
        Privilege.Require("a file system of its own");
        await using var daemon = await StartAsync(
        [
            "/usr/bin/unshare", "--mount", "/bin/sh", "-c",
            "mount -t tmpfs -o size=256k,mode=700 none log && head -c 253952 /dev/zero > log/filler && exec \"$@\"", "sh",
        ]);
        var folder = $"/proc/{daemon.Pid}/root{daemon.Scratch["log"]}";
        var file = Path.Combine(folder, "daemon.log");
        await ConnectAsync(daemon);
        await Deadline.UntilAsync(() => new FileInfo(file).Length == 8192, "a full disk");
        File.Delete(Path.Combine(folder, "filler"));
        await ConnectAsync(daemon, 5);
        await Deadline.UntilAsync(() => Whole(file).Any(found => found.Level == "Warning"), "the number of those that are missing");
        await Deadline.UntilAsync(() => Accounted(File.ReadAllLines(file)) >= (Connections + 5) * EventsOfEach, "all events");

        AssertAllAccounted(File.ReadAllLines(file), halves: 1, Connections + 5);
    }

    [Fact]
    public async Task Start_AFileThatEndsInsideALine_BeginsANewLine()
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup
        {
            LogFile = "log/daemon.log",
            Prepare = scratch => scratch.Write("log/daemon.log", "{\"half"),
        });
        Assert.Equal(0, await daemon.StopAsync());

        var lines = File.ReadAllLines(daemon.Scratch["log/daemon.log"]);
        Assert.Equal("{\"half", lines[0]);
        Assert.All(lines[1..], line => Assert.NotNull(LogEvent.Parse(line)));
    }

    private static async Task<Daemon> StartAsync(IReadOnlyList<string> through)
    {
        var daemon = await Daemon.StartAsync(Map, new DaemonSetup
        {
            Through = through,
            AnswersOn = "echo",
            Prepare = scratch => Directory.CreateDirectory(scratch["log"]),
        });

        // The port answers before the start is over, and what is logged then would not be in the file yet.
        await Deadline.UntilAsync(() => File.Exists(daemon.Scratch["control.sock"]), "the control socket");
        await daemon.StatusAsync();
        return daemon;
    }

    private static async Task ConnectAsync(Daemon daemon, int count = Connections)
    {
        for (var i = 0; i < count; i++)
        {
            using var client = await daemon.ConnectAsync("echo");
            Assert.Equal("x", await client.ExchangeAsync("x"));
        }
    }

    private static async Task EndAsync(Daemon daemon, string file)
    {
        Assert.Equal(0, await daemon.StopAsync());
        Assert.Contains(Whole(file), found => found.Name == "Stopped");
    }

    private static void AssertAllAccounted(string[] lines, int halves, int connections = Connections)
    {
        // None where the limit is at the end of a line.
        Assert.InRange(lines.Count(line => Parse(line) is null), 0, halves);

        // The probe of the start is a connection as well.
        Assert.InRange(Accounted(lines), connections * EventsOfEach, (connections * EventsOfEach) + 10);
    }

    // Events of connections, and events that were left out.
    private static long Accounted(string[] lines) => lines.Select(Parse).OfType<LogEvent>().Sum(found => found.Id is 6001 or 6002 ? 1
        : found.Level == "Warning" && found["@m"].Split(' ') is [var number, "events", ..] ? long.Parse(number, null) : 0);

    private static List<LogEvent> Whole(string file) => [.. File.ReadAllText(file).Split('\n')[..^1].Select(Parse).OfType<LogEvent>()];

    private static LogEvent? Parse(string line)
    {
        try
        {
            return LogEvent.Parse(line);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
