using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using NetSuperd.Control;
using NetSuperd.Logging;
using NetSuperd.Server;
using NetSuperd.Server.Tests.Documents;
using static NetSuperd.Tests.Commands.NetsuperdProcess;

namespace NetSuperd.Tests.Commands;

/// <summary>The table of commands, the help and the man page name the same commands.</summary>
public sealed partial class CommandTextTests
{
    // Those that ask no daemon.
    private static readonly string[] OfTheirOwn = ["run", "check", "import", "send", "top", "web", "completion", "schema"];

    // Those of the program for Windows alone, which has another executable.
    private static readonly string[] OfWindows = ["service"];

    private static IEnumerable<ControlCommand> Shown => ControlCommand.All.Where(command => command.Text is not null);

    private static IEnumerable<string> Expected => Shown.Select(command => command.Word).Concat(OfTheirOwn).Order(StringComparer.Ordinal);

    [Fact]
    public async Task Help_NamesTheCommandsOfTheTable()
    {
        var (_, help, _) = await RunAsync("--help");

        Assert.Equal(Expected, Words(HelpLine(), help[help.IndexOf("Commands:", StringComparison.Ordinal)..]));
    }

    [Fact]
    public async Task Help_OfACommand_HasItsTextAndItsArguments()
    {
        foreach (var command in Shown)
        {
            var (status, help, _) = await RunAsync(command.Word, "--help");

            Assert.Equal(0, status);
            Assert.Contains(command.Text!, help, StringComparison.Ordinal);
            Assert.All(command.Arguments, argument => Assert.Contains(argument.Symbol.Name, help, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void ManPage_Describes_TheCommandsOfTheTable() => Assert.Equal(Expected, Words(Entry(), Section("COMMANDS")));

    [Fact]
    public void ManPage_Synopsis_HasTheCommandsOfTheTable() => Assert.Equal(
        Expected.Concat(OfWindows).Order(StringComparer.Ordinal), Words(SynopsisWord(), Section("SYNOPSIS")));

    [Fact]
    public void ManPage_ControlSocket_NamesEveryCommandOfTheProtocol()
    {
        var section = Section("CONTROL SOCKET");
        var words = section[section.IndexOf("The commands are", StringComparison.Ordinal)..];

        Assert.All(ControlCommand.All, command => Assert.Matches($@"\b{command.Word}\b", words));
    }

    [Fact]
    public async Task ManPage_Options_MatchTheHelp()
    {
        var help = new List<string>();
        foreach (var word in Expected)
        {
            help.AddRange(Words(Option(), (await RunAsync(word, "--help")).Output));
        }

        Assert.Equal(
            help.Distinct().Except(["help", "version"]).Order(StringComparer.Ordinal),
            Words(OptionEntry(), Section("OPTIONS").Replace("\\-", "-", StringComparison.Ordinal)));
    }

    [Fact]
    public void ManPage_ExitStatuses_MatchTheProgram()
    {
        // The command send follows the textbook: its mistakes have the status 1.
        var statuses = typeof(ExitStatus).GetFields().Select(field => $"{field.GetRawConstantValue()}").Append("1");

        Assert.Equal(statuses.Order(StringComparer.Ordinal), Words(StatusEntry(), Section("EXIT STATUS")));
    }

    [Fact]
    public void ManPages_NameEvents_OfTheLog()
    {
        var engine = typeof(Superserver).Assembly;
        var events = Events(typeof(DaemonLog))
            .Concat(Events(engine.GetType("NetSuperd.Server.Tally.ServerLog")!))
            .Concat(engine.GetType("NetSuperd.Server.Tally.EndLine")!.GetFields().Select(field => field.GetValue(null)).OfType<EventId>()
                .Select(found => found.Name!));
        var named = Words(EventName(), Manual.Commands + Manual.Map).ToList();

        Assert.Contains("StderrDropped", named);
        Assert.Equal(["EventId", "SystemRoot"], named.Except(events));
    }

    [Fact]
    public void Readme_Names_EveryCommand()
    {
        var readme = Manual.Read("README.md");

        Assert.All(Expected, command => Assert.Matches($@"\b{command}\b", readme));
        Assert.Empty(Words(ReadmeCommand(), readme).Except(Expected).Except(OfWindows));
    }

    private static IEnumerable<string> Words(Regex regex, string text) =>
        regex.Matches(text).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);

    private static string Section(string name) => Manual.Section(Manual.Commands, name);

    private static IEnumerable<string> Events(Type log) => log
        .GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
        .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventName).OfType<string>();

    [GeneratedRegex(@"^  ([a-z]+) ", RegexOptions.Multiline)]
    private static partial Regex HelpLine();

    [GeneratedRegex("""^\.TP\n\.BI? ([a-z]+)(?: " [^"]+")?$""", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"netsuperd ([a-z]+)")]
    private static partial Regex SynopsisWord();

    [GeneratedRegex(@"--([a-z-]+)")]
    private static partial Regex Option();

    [GeneratedRegex(@"^\.TP\n\.BI? --([a-z-]+)", RegexOptions.Multiline)]
    private static partial Regex OptionEntry();

    [GeneratedRegex(@"^\.TP\n\.B (\d+)$", RegexOptions.Multiline)]
    private static partial Regex StatusEntry();

    [GeneratedRegex(@"^\.(?:B|BR|RB) .*?\b((?:[A-Z][a-z]+){2,})\b", RegexOptions.Multiline)]
    private static partial Regex EventName();

    [GeneratedRegex(@"(?<=`|^    |/)netsuperd ([a-z]+)", RegexOptions.Multiline)]
    private static partial Regex ReadmeCommand();
}
