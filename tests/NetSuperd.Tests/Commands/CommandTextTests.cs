using System.Text.RegularExpressions;
using NetSuperd.Control;
using static NetSuperd.Tests.Commands.NetsuperdProcess;

namespace NetSuperd.Tests.Commands;

/// <summary>The table of commands, the help and the man page name the same commands.</summary>
public sealed partial class CommandTextTests
{
    // Those that ask no daemon.
    private static readonly string[] OfTheirOwn = ["run", "check", "send"];

    private static readonly string Manual = File.ReadAllText(ManualFile());

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
    public void ManPage_Synopsis_HasTheCommandsOfTheTable() => Assert.Equal(Expected, Words(SynopsisWord(), Section("SYNOPSIS")));

    [Fact]
    public void ManPage_ControlSocket_NamesEveryCommandOfTheProtocol()
    {
        var section = Section("CONTROL SOCKET");
        var words = section[section.IndexOf("The commands are", StringComparison.Ordinal)..];

        Assert.All(ControlCommand.All, command => Assert.Matches($@"\b{command.Word}\b", words));
    }

    private static IEnumerable<string> Words(Regex regex, string text) =>
        regex.Matches(text).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);

    private static string Section(string name)
    {
        var start = Manual.IndexOf($"\n.SH {name}\n", StringComparison.Ordinal) + 1;
        return Manual[start..Manual.IndexOf("\n.SH ", start, StringComparison.Ordinal)];
    }

    private static string ManualFile()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "NetSuperd.sln")))
        {
            folder = folder.Parent!;
        }

        return Path.Combine(folder.FullName, "etc/man/netsuperd.8");
    }

    [GeneratedRegex(@"^  ([a-z]+) ", RegexOptions.Multiline)]
    private static partial Regex HelpLine();

    [GeneratedRegex("""^\.TP\n\.BI? ([a-z]+)(?: " [A-Z ]+")?$""", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"netsuperd ([a-z]+)")]
    private static partial Regex SynopsisWord();
}
