using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Documents;

/// <summary>The commands of README.md and of the manual page, and the output that they show.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = Document.Read("README.md");

    [Fact]
    public async Task Transcript_AndLog_AreWhatTheDaemonPrints()
    {
        await using var network = await NetworkNamespace.CreateAsync();
        await using var daemon = await StartAsync(network, "--config", Path.Combine(BuiltTree.Repository, "etc/netsuperd.toml"));
        var transcript = Sent().Matches(Readme);

        Assert.Equal(2, transcript.Count);
        foreach (Match sent in transcript)
        {
            Assert.Equal(new CommandResult(0, sent.Groups[2].Value + "\n", ""), await network.SendAsync(sent.Groups[1].Value.Split(' ')));
        }

        var shown = LogLine().Matches(Readme).Select(line => Shape(line.Groups[1].Value)).ToList();
        Assert.Equal(4, shown.Count);
        await Deadline.UntilAsync(
            () => shown.ToHashSet().IsSubsetOf(daemon.Log.Lines.Select(Shape)), $"lines such as\n{string.Join('\n', shown)}");
    }

    [Fact]
    public async Task Mistake_InTheMap_IsReportedAsShown()
    {
        using var scratch = new Scratch();
        scratch.Write("netsuperd.toml", Document.Maps()["README.md, map 1"].Replace("umask", "umsk", StringComparison.Ordinal));

        var result = await Command.RunAsync(Deadline.Default, BuiltTree.Program, ["check", "--config", "netsuperd.toml"], scratch.Folder);

        Assert.Equal(78, result.Status);
        Assert.Contains(Indent().Replace(Mistake().Match(Readme).Value, ""), result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_OfADay_DoWhatTheReadmeSays()
    {
        const int Clients = 17;
        await using var daemon = await Daemon.StartAsync(
            """
            [ports]
            %web% = "web"
            "127.0.0.1:%ftp%" = "ftp"
            [services.web]
            handler = "custom"
            [services.ftp]
            exec = ["/bin/cat"]
            [services.dns]
            exec = ["/bin/sleep", "600"]
            start = "always"
            fds = "none"
            [log]
            target = "file"
            file = "%dir%/log"

            """,
            new DaemonSetup { LogFile = "log" });
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => daemon.ConnectAsync("web")));
        await Task.WhenAll(clients.Select(client => client.TalkAsync("TEST\n")));

        // The commands events and top do not end by themselves, and have tests of their own.
        var commands = CommandLine().Matches(Readme)
            .SelectMany(line => CommandOf().Matches(line.Value))
            .Select(command => command.Groups[1].Value)
            .Where(command => !command.StartsWith("import ", StringComparison.Ordinal) && command is not ("events" or "top"));

        var done = new List<string>();
        foreach (var command in commands)
        {
            string[] words = [.. command.Split(' ').Select(word => word == "2005" ? $"{daemon.Port("web")}" : word)];
            var result = await daemon.AskAsync(words[0], [.. words[1..], "--config", daemon.Scratch["map.toml"]]);
            Assert.True(result is { Status: 0, Errors: "" } || words[0] == "check" && result.Status == 0, $"netsuperd {command}: {result}");
            done.Add(words[0]);
        }

        Assert.Equal(
            [
                "check", "reload", "restart", "reopen", "status", "connections", "stop", "start", "signal", "pause", "resume", "abort",
                "explain", "stop",
            ],
            done);
        await daemon.ExitAsync();
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public async Task Commands_OfTheManualPage_DoWhatItSays()
    {
        var commands = Document.Commands("etc/man/netsuperd.8").Select(line => line.Split(' ')[1..]).ToList();
        await using var network = await NetworkNamespace.CreateAsync();
        await using var daemon = await StartAsync(network, commands.Single(words => words[0] == "run")[1..]);

        foreach (var words in commands.Where(words => words[0] != "run"))
        {
            var result = await network.RunAsync(["env", "-C", BuiltTree.Repository, BuiltTree.Program, .. words]);
            Assert.True(result.Status == 0, $"netsuperd {string.Join(' ', words)}: {result}");
        }

        Assert.Contains($"netsuperd {string.Join(' ', commands[0])}", Readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_OfMake_Exist()
    {
        var makefile = File.ReadAllText(Path.Combine(BuiltTree.Repository, "Makefile"))
            + File.ReadAllText(Path.Combine(BuiltTree.Repository, "etc/package/package.mk"));
        var targets = MakeTarget().Matches(Readme).Select(target => target.Groups[1].Value).Distinct().ToList();

        Assert.Contains("bench-inside", targets);
        Assert.All(targets, target => Assert.Matches($"(?m)^{target}:", makefile));
    }

    /// <summary>A line of the log without what differs from one connection to the next.</summary>
    private static string Shape(string line) => Changing().Replace(line, "#");

    private static Task<Daemon> StartAsync(NetworkNamespace network, params string[] arguments) =>
        Daemon.StartAsync("", new DaemonSetup { Through = network.EnterWithOwnRun, Arguments = arguments });

    [GeneratedRegex(@"^    \$ out/netsuperd send (.+)\n    (.+)$", RegexOptions.Multiline)]
    private static partial Regex Sent();

    [GeneratedRegex(@"^    (\d{4}-\d\d-.+)$", RegexOptions.Multiline)]
    private static partial Regex LogLine();

    [GeneratedRegex(@"^\S+Z|(?<=127\.0\.0\.1:)\d{5}|(?<=onnection )\d+|\d+\.\d{3}(?= s,)")]
    private static partial Regex Changing();

    [GeneratedRegex(@"^    netsuperd\.toml:\d+:\d+: error: .+\n    .+\n    .+$", RegexOptions.Multiline)]
    private static partial Regex Mistake();

    [GeneratedRegex("^    ", RegexOptions.Multiline)]
    private static partial Regex Indent();

    [GeneratedRegex(@"^    netsuperd .+$", RegexOptions.Multiline)]
    private static partial Regex CommandLine();

    [GeneratedRegex(@"netsuperd ([a-z][^#]*?)(?= +#|$)")]
    private static partial Regex CommandOf();

    [GeneratedRegex("`?make ([a-z-]+)(?:`|  )")]
    private static partial Regex MakeTarget();
}
