using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using System.Text;
using NetSuperd.Control;
using NetSuperd.Server;

namespace NetSuperd.Commands;

/// <summary>
/// <c>netsuperd complete WORD...</c>, which the scripts of <c>netsuperd completion</c> call: what the last word, empty or begun, may
/// become. Each line is an offer, a tab and its description; the line <c>&lt;file&gt;</c> alone leaves the names of files to the shell.
/// </summary>
/// <remarks>
/// The library's own <c>[suggest]</c> does not fit: it offers the values of all arguments at each of them, cuts the line at blanks by
/// itself, and has no descriptions.
/// </remarks>
internal static class CompleteCommand
{
    private const string Files = "<file>";

    // The user waits at a prompt: a daemon or a file system that hangs is left alone after this time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly string[] Signals = ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "KILL", "STOP", "CONT"];

    /// <returns>0, also where there is nothing to offer.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] words) =>
        Terminal.Print(await OffersAsync(root, words, Patience));

    /// <summary>The lines.</summary>
    /// <param name="root">The commands.</param>
    /// <param name="words">The words that are typed, the last of which may be empty.</param>
    /// <param name="patience">How long to wait for what is asked.</param>
    internal static async Task<string> OffersAsync(RootCommand root, string[] words, TimeSpan patience)
    {
        var line = TypedLine.Read(root, words.SkipLast(1));
        var current = words.LastOrDefault("");
        IEnumerable<CompletionItem> offers;
        try
        {
            offers = await Task.Run(() => OffersAsync(line, current)).WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            return "";
        }

        var text = new StringBuilder();
        foreach (var offer in offers.Where(offer => offer.Label.StartsWith(current, StringComparison.Ordinal) || offer.Label == Files))
        {
            text.Append(CultureInfo.InvariantCulture, $"{offer.Label}{(offer.Detail is { } detail ? $"\t{detail}" : "")}\n");
        }

        return text.ToString();
    }

    private static async Task<IEnumerable<CompletionItem>> OffersAsync(TypedLine line, string current) => line.Next switch
    {
        Option option => await ValuesAsync(line, option, option.HelpName, current),
        _ when current.StartsWith('-') && !line.HasEndOfOptions => Options(line),
        Argument argument => await ValuesAsync(line, argument, argument.Name, current),
        _ => line.Command.Subcommands.Where(command => !command.Hidden)
            .Select(command => new CompletionItem(command.Name, detail: command.Description)),
    };

    private static IEnumerable<CompletionItem> Options(TypedLine line) => line.Options
        .Where(option => !option.Hidden && (!line.Values.ContainsKey(option) || option.Arity.MaximumNumberOfValues > 1))
        .SelectMany(option => option.Aliases.Prepend(option.Name), (option, name) => new CompletionItem(name, detail: option.Description));

    /// <summary>The values of an argument or an option, whose name in the help says what it is.</summary>
    private static async Task<IEnumerable<CompletionItem>> ValuesAsync(TypedLine line, Symbol symbol, string? name, string current)
    {
        switch (name)
        {
            case "FILE" or "PATH" or "FOLDER":
                return [new CompletionItem(Files)];
            case "KEY=SERVICE" when current.LastIndexOf('=') is > 0 and var equals:
                return MapArguments.BuiltinNames.Order(StringComparer.Ordinal)
                    .Select(handler => new CompletionItem($"{current[..equals]}={handler}"));
            case "SIG":
                return Signals.Select(signal => new CompletionItem(signal));
            case "STATE":
                return ConnectionFilter.States.Select(state => new CompletionItem(state));
            case "NAME":
                return ((await AskAsync(line, ControlCommand.Status))?.Daemon?.Services ?? [])
                    .Select(service => new CompletionItem(service.Name, detail: $"{service.Kind}, {service.State}"));
            case "ID":
                return ((await AskAsync(line, ControlCommand.Connections))?.Connections ?? [])
                    .Select(live => new CompletionItem($"{live.Id}", detail: $"{live.Service}, {live.Peer}"));
            case "SOCKET":
                return ((await AskAsync(line, ControlCommand.Map))?.Entries ?? new Dictionary<string, string>())
                    .Where(entry => entry.Key.StartsWith("ports.", StringComparison.Ordinal)
                        && entry.Key.EndsWith(".service", StringComparison.Ordinal))
                    .Select(entry => new CompletionItem(entry.Key[6..^8].Trim('"'), detail: entry.Value.Trim('"')));
            default:
                return symbol.GetCompletions(CompletionContext.Empty);
        }
    }

    private static async Task<ControlAnswer?> AskAsync(TypedLine line, ControlCommand command) =>
        DaemonArguments.Find(line.ValueOf("--control"), line.ValueOf("--config")).Path is { } path
            ? await ControlClient.AskAsync(path, ControlRequest.Of(command), CancellationToken.None)
            : null;
}
