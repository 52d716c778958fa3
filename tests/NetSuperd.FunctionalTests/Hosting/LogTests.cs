using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>The keys of <c>[log]</c>, and that text from outside cannot forge a line of the log.</summary>
public sealed partial class LogTests
{
    private const string Handlers = """
        [ports]
        %echo% = "echo"
        %custom% = "custom"

        """;

    private const string Ports = Handlers + """
        "127.0.0.1:%noisy%" = "noisy"
        [services.noisy]
        exec = ["/bin/sh", "-c", "printf '\\033[2J\\rFAKE \\302\\205 \\342\\200\\250 line\\n\\377\\n' >&2"]

        """;

    [Fact]
    public async Task Text_AnyLine_HasTimeAndLevelAndNothingRaw()
    {
        await using var daemon = await Daemon.StartAsync(
            Ports + "[log]\ntarget = \"file\"\nfile = \"daemon.log\"", new DaemonSetup { LogFile = "daemon.log" });
        using var client = await daemon.ConnectAsync("noisy");
        await client.ReadToEndAsync();
        await Deadline.UntilAsync(() => ReadLog(daemon).Contains("FAKE", StringComparison.Ordinal), "the child's line");
        Assert.Equal(0, await daemon.StopAsync());

        var log = ReadLog(daemon);
        Assert.DoesNotContain(log, letter => letter != '\n' && (char.IsControl(letter) || letter is '\u2028' or '\u2029'));
        Assert.All(log.TrimEnd('\n').Split('\n'), line => Assert.Matches(TextLine(), line));
    }

    [Fact]
    public async Task Journal_AnyLine_HasAPriorityAndNoTime()
    {
        await using var daemon = await Daemon.StartAsync(Ports + "[log]\ntarget = \"journal\"");
        using var client = await daemon.ConnectAsync("noisy");
        await client.ReadToEndAsync();
        File.Delete(daemon.Scratch["control.sock"]);
        await daemon.Log.FindAsync(line => line.StartsWith("<4>", StringComparison.Ordinal) ? line : null, "a warning");
        await daemon.Log.FindAsync(line => line.StartsWith("<6>noisy", StringComparison.Ordinal) ? line : null, "the child's line");
        Assert.Equal(0, await daemon.StopAsync());

        Assert.All(daemon.Log.Lines, line => Assert.Matches(JournalLine(), line));
    }

    [Fact]
    public async Task Journal_Json_HasAPriorityBeforeTheObject()
    {
        await using var daemon = await Daemon.StartAsync(
            Ports + "[log]\ntarget = \"journal\"\nformat = \"json\"");
        File.Delete(daemon.Scratch["control.sock"]);
        await daemon.Log.FindAsync(
            line => line.StartsWith("<4>", StringComparison.Ordinal) && LogEvent.Parse(line[3..])?.Name == "ControlReplaced" ? line : null,
            "a warning");
        Assert.Equal(0, await daemon.StopAsync());

        Assert.All(daemon.Log.Lines, line => Assert.Matches(JournalJson(), line));
    }

    [Fact]
    public async Task File_OnAFullDevice_ChangesNothing()
    {
        await using var daemon = await Daemon.StartAsync(
            Ports + "[log]\ntarget = \"file\"\nfile = \"/dev/full\"", new DaemonSetup { AnswersOn = "echo" });
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("TEST", await client.ExchangeAsync("TEST"));

        Assert.Equal(0, await daemon.StopAsync());
        Assert.Equal("", daemon.Log.Text);
    }

    [Fact]
    public async Task Level_Warning_LeavesOutWhatIsOrdinary()
    {
        await using var daemon = await Daemon.StartAsync(
            Ports + "[log]\nformat = \"json\"\nlevel = \"warning\"", new DaemonSetup { AnswersOn = "echo" });
        using var client = await daemon.ConnectAsync("noisy");
        await client.ReadToEndAsync();

        // Services answer before the control socket is there, and the log does not say when it is.
        await Deadline.UntilAsync(() => File.Exists(daemon.Scratch["control.sock"]), "the control socket");
        File.Delete(daemon.Scratch["control.sock"]);
        await daemon.WaitForEventAsync("ControlReplaced");
        Assert.Equal(0, await daemon.StopAsync());

        Assert.Equal(["ControlReplaced"], daemon.Events.Select(found => found.Name));
    }

    [OnWindows]
    [Fact]
    public async Task Plugin_ALineOfItsOwn_HasServiceAndConnection()
    {
        await using var daemon = await Daemon.StartAsync("[ports]\n%one% = \"one\"\n%two% = \"two\"\n[services]\none.handler = \"custom\"\n"
            + "two.handler = \"custom\"");
        foreach (var port in (string[])["one", "two", "one"])
        {
            using var client = await daemon.ConnectAsync(port);
            await client.ExchangeAsync("TEST");
            await daemon.WaitForRecordAsync(client.Name);
        }

        var lines = daemon.Events.Where(found => found["Client"] != "");
        Assert.Equal([("one", "1"), ("two", "2"), ("one", "3")], lines.Select(found => (found["Service"], found["ConnectionId"])));
    }

    [OnWindows]
    [Fact]
    public async Task Plugin_ALineOfItsOwnInText_NamesServiceAndConnectionBefore()
    {
        await using var daemon = await Daemon.StartAsync(Handlers + "[log]\nformat = \"text\"");
        using var client = await daemon.ConnectAsync("custom");
        await client.ExchangeAsync("TEST");

        await daemon.Log.FindAsync(
            line => line.EndsWith(" info  custom, connection 1: Handling client 127.0.0.1", StringComparison.Ordinal) ? line : null,
            "the plugin's line");
    }

    [Theory]
    [InlineData("full", "127.0.0.9:")]
    [InlineData("prefix", "127.0.0.0/24")]
    [InlineData("none", "-")]
    public async Task Address_OfAPeer_IsLoggedAsAllowed(string address, string logged)
    {
        await using var daemon = await Daemon.StartAsync(Ports + $"[log]\nformat = \"json\"\naddress = \"{address}\"");
        using var client = await TcpPeer.ConnectAsync(daemon.Port("custom"), from: "127.0.0.9");
        await client.ExchangeAsync("TEST");
        await daemon.WaitForEventAsync("ConnectionEnded");
        using var child = await TcpPeer.ConnectAsync(daemon.Port("noisy"), from: "127.0.0.9");
        await child.ReadToEndAsync();
        await daemon.WaitForEventAsync("ChildEnded");

        foreach (var found in daemon.Events.Where(found => found.Id is >= 6001 and <= 6004))
        {
            Assert.StartsWith(logged, found["Peer"], StringComparison.Ordinal);
        }

        Assert.StartsWith(
            logged.TrimEnd(':'), Assert.Single(daemon.Events, found => found["Client"] != "")["Client"], StringComparison.Ordinal);
        Assert.Equal(address == "full", daemon.Log.Text.Contains("127.0.0.9", StringComparison.Ordinal));
    }

    private static string ReadLog(Daemon daemon) => File.ReadAllText(daemon.Scratch["daemon.log"]);

    [GeneratedRegex(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info |warn |error) \S.*\z")]
    private static partial Regex TextLine();

    [GeneratedRegex(@"\A<[34567]>\{.*\}\z")]
    private static partial Regex JournalJson();

    [GeneratedRegex(@"\A<[34567]>[^\d\s].*\z")]
    private static partial Regex JournalLine();
}
