using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Sslh;

/// <summary>The command line of sslh: an argument of <c>netsuperd import</c>, or DAEMON_OPTS in /etc/default/sslh.</summary>
internal sealed partial class SslhCommandLine(Importing importing)
{
    // The name of the probe for libwrap.
    private const string ServiceOfSsh = "sshd";

    private static readonly Dictionary<char, string> Short = new()
    {
        ['p'] = "listen", ['t'] = "timeout", ['u'] = "user", ['C'] = "chroot", ['P'] = "pidfile", ['F'] = "config", ['i'] = "inetd",
        ['f'] = "foreground", ['n'] = "numeric", ['v'] = "verbose", ['V'] = "version", ['b'] = "background",
    };

    private static readonly string[] Switches = ["inetd", "foreground", "background", "numeric", "transparent", "verbose", "version"];

    private readonly List<SslhSetting> _listens = [];
    private readonly List<(string Name, SslhSetting Setting)> _protocols = [];

    /// <summary>Whether a text is a command line of sslh.</summary>
    public static bool Is(string text) => Command().IsMatch(text);

    /// <summary>The words of the options in a file; null: it has none.</summary>
    public static IReadOnlyList<Word>? Find(SourceText source)
    {
        for (var number = 1; number <= source.LineCount; number++)
        {
            if (Options().Match(source.Line(number)) is { Success: true } match)
            {
                return Words(source, number, match.Length, match.Groups["quote"].Value);
            }
        }

        return null;
    }

    /// <summary>The words behind the program of a command line.</summary>
    public static IReadOnlyList<Word> WordsOf(SourceText line) => [.. Word.Split(line, 1).Skip(1)];

    /// <summary>The settings that the options mean, with those of the file that one of them names.</summary>
    public SslhGroup Read(IReadOnlyList<Word> words, Position at)
    {
        var options = Split(words).ToList();
        var file = options.FindLast(option => option.Name == "config").Value;
        var group = file is not null ? Configuration(file) ?? new SslhGroup() : new SslhGroup();
        var (listens, protocols) = (group.Find("listen")?.Items ?? [], group.Find("protocols")?.Items ?? []);
        foreach (var (name, word, value) in options.Where(option => option.Name != "config"))
        {
            Take(group, name, word, value);
        }

        var own = _protocols.Select(protocol => protocol.Name).ToHashSet();
        group.Add(new Word("listen", at), new SslhSetting((List<SslhSetting>)[.. listens, .. _listens], at));
        group.Add(new Word("protocols", at), new SslhSetting(
            (List<SslhSetting>)
            [
                .. protocols.Where(item => !own.Contains((item.Value as SslhGroup)?.Find("name")?.Text ?? "")),
                .. _protocols.Select(protocol => protocol.Setting),
            ],
            at));
        return group;
    }

    private void Take(SslhGroup group, string name, Word word, Word? value)
    {
        if (value is null)
        {
            if (Switches.Contains(name))
            {
                group.Add(word with { Text = name }, new SslhSetting(true, word.At));
            }
            else
            {
                importing.Map.Lost(word.At, $"{word.Text} has no value, and sslh did not start with it: correct it, and import it again");
            }
        }
        else if (name == "listen" || SslhProbe.IsOption(name))
        {
            var colon = value.Text.LastIndexOf(':');
            if (colon < 0)
            {
                importing.Map.Lost(value.At, $"'{value.Text}' is no address with a port, so it is left out: write 127.0.0.1:{value.Text}");
                return;
            }

            var entry = new SslhGroup();
            entry.Add(word with { Text = "name" }, new SslhSetting(name, word.At));
            entry.Add(word with { Text = "host" }, new SslhSetting(value.Text[..colon], value.At));
            entry.Add(word with { Text = "port" }, new SslhSetting(value.Text[(colon + 1)..], value.At));
            if (name == "ssh")
            {
                entry.Add(word with { Text = "service" }, new SslhSetting(ServiceOfSsh, word.At));
            }

            if (name == "listen")
            {
                _listens.Add(new SslhSetting(entry, value.At));
            }
            else
            {
                _protocols.Add((name, new SslhSetting(entry, word.At)));
            }
        }
        else
        {
            object setting = long.TryParse(value.Text, out var number) ? number : value.Text;
            group.Add(word with { Text = name }, new SslhSetting(setting, value.At));
        }
    }

    private SslhGroup? Configuration(Word file) =>
        importing.Files.Read(Path.GetFullPath(file.Text)) is { } source ? SslhTranslator.Read(importing, source) : null;

    private static IEnumerable<(string Name, Word Word, Word? Value)> Split(IReadOnlyList<Word> words)
    {
        for (var at = 0; at < words.Count; at++)
        {
            var word = words[at];
            var sign = word.Text.IndexOf('=', StringComparison.Ordinal);
            var isLong = word.Text.StartsWith("--", StringComparison.Ordinal);
            var name = isLong ? word.Text[2..(sign < 0 ? word.Text.Length : sign)]
                : word.Text is ['-', var letter, ..] ? Short.GetValueOrDefault(letter, word.Text) : word.Text;
            Word? value = isLong && sign > 0 ? word.Part(sign + 1, word.Text.Length)
                : !isLong && word.Text.Length > 2 && word.Text[0] == '-' && !Switches.Contains(name) ? word.Part(2, word.Text.Length)
                : Switches.Contains(name) || at + 1 == words.Count || words[at + 1].Text.StartsWith('-') ? null
                : words[++at];
            yield return (name, word, value);
        }
    }

    /// <summary>The words of a value in the shell's notation, which may go over several lines.</summary>
    private static List<Word> Words(SourceText source, int number, int from, string quote)
    {
        var line = new ForeignLine(source);
        while (true)
        {
            var text = source.Line(number);
            var end = quote.Length > 0 ? text.IndexOf(quote, from, StringComparison.Ordinal) : text.Length;
            line.Add(number, from, end < 0 ? text.Length : end);
            line.Add(" ");
            if (end >= 0 && !(quote.Length == 0 && text.EndsWith('\\')) || number == source.LineCount)
            {
                return line.Words(0, line.Text.Length, " \t\\");
            }

            (number, from) = (number + 1, 0);
        }
    }

    [GeneratedRegex(@"\A(?:\S*/)?sslh(?:-fork|-select|-ev)?[ \t]+-")]
    private static partial Regex Command();

    [GeneratedRegex(@"^[ \t]*(?:export[ \t]+)?(?:DAEMON_OPTS|SSLH_OPTS|OPTIONS)=(?<quote>[""']?)(?=[ \t]*-)")]
    private static partial Regex Options();
}
