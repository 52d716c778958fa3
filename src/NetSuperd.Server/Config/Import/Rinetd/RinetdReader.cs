using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Rinetd;

/// <summary>Reads rinetd.conf (parse.peg of rinetd).</summary>
internal sealed partial class RinetdReader(Importing importing, SourceText source)
{
    private readonly List<RinetdRule> _rules = [];

    /// <summary>The clients of every line: what stands before the first line that forwards.</summary>
    public List<RinetdClients> Clients { get; } = [];

    /// <summary>How many lines are none of rinetd.</summary>
    public int Broken { get; private set; }

    /// <summary>Whether a text has a line that forwards.</summary>
    public static bool Recognises(SourceText source) =>
        Enumerable.Range(1, source.LineCount).Any(line => Forward().Match(source.Line(line)) is { Success: true } match
            && (System.Net.IPAddress.TryParse(match.Groups["bind"].Value, out _)
                || System.Net.IPAddress.TryParse(match.Groups["host"].Value, out _)));

    /// <summary>Reads the file.</summary>
    public IReadOnlyList<RinetdRule> Read()
    {
        for (var line = 1; line <= source.LineCount; line++)
        {
            var text = source.Line(line);
            if (text.TrimStart(' ', '\t') is [] or ['#', ..])
            {
                continue;
            }

            if (Forward().Match(text) is { Success: true } match)
            {
                _rules.Add(Rule(line, match));
            }
            else if (Access().Match(text) is { Success: true } access)
            {
                (_rules is [.., var last] ? last.Clients : Clients)
                    .Add(new RinetdClients(access.Groups["word"].Value == "allow", Part(line, access, "pattern")));
            }
            else
            {
                Other(line, text);
            }
        }

        return _rules;
    }

    private RinetdRule Rule(int line, Match match)
    {
        var (timeout, from) = ((Word?)null, (Word?)null);
        foreach (var option in match.Groups["option"].Captures.Cast<Capture>())
        {
            var word = Word.Of(source, line, option.Index, option.Index + option.Length);
            var sign = option.Value.IndexOf('=', StringComparison.Ordinal);
            var value = word.Part(sign + 1 + option.Value[(sign + 1)..].TakeWhile(char.IsWhiteSpace).Count(), option.Length);
            (timeout, from) = option.Value[0] == 't' ? (value, from) : (timeout, value);
        }

        return new RinetdRule(
            Part(line, match, "bind"), Part(line, match, "port"), match.Groups["protocol"].Value == "/udp", Part(line, match, "host"),
            Part(line, match, "to"), match.Groups["toProtocol"].Value == "/udp")
        {
            Timeout = timeout, Source = from,
        };
    }

    private void Other(int line, string text)
    {
        var words = Word.Split(source, line);
        switch (words)
        {
            case [{ Text: "logfile" } word, ..]:
                importing.Map.ChangedOnce(
                    word.At, "logfile is left out: the daemon has one log for all services, and [log] says where it goes: "
                        + "target = \"syslog\", or target = \"file\" with file");
                break;
            case [{ Text: "pidlogfile" } word, ..]:
                importing.Map.Changed(word.At, "pidlogfile is left out: pid_file in [daemon] is that of this daemon");
                break;
            case [{ Text: "logcommon" } word, ..]:
                importing.Map.Changed(word.At, "logcommon is left out: format in [log] is \"text\" or \"json\"");
                break;
            default:
                Broken++;
                importing.Map.Lost(
                    words[0].At,
                    $"'{Cut(text.Trim())}' is no line of rinetd.conf, and rinetd did not start with it: correct it, and import it again");
                break;
        }
    }

    private Word Part(int line, Match match, string name)
    {
        var group = match.Groups[name];
        return Word.Of(source, line, group.Index, group.Index + group.Length);
    }

    private static string Cut(string text) => text.Length <= 60 ? text : text[..60] + "...";

    [GeneratedRegex(
        @"^[ \t]*(?<bind>[\w.:\[\]-]+)[ \t]+(?<port>[\w-]+)(?<protocol>/tcp|/udp)?[ \t]+(?<host>[\w.:\[\]-]+)[ \t]+(?<to>[\w-]+)"
        + @"(?<toProtocol>/tcp|/udp)?"
        + @"(?:[ \t]*\[[ \t]*(?<option>(?:timeout[ \t]*=[ \t]*[0-9]+|src[ \t]*=[ \t]*[\w.:\[\]-]+?))"
        + @"(?:[ \t]*,[ \t]*(?<option>(?:timeout[ \t]*=[ \t]*[0-9]+|src[ \t]*=[ \t]*[\w.:\[\]-]+?)))*[ \t]*\])?[ \t]*(?:#.*)?$")]
    private static partial Regex Forward();

    [GeneratedRegex(@"^[ \t]*(?<word>allow|deny)[ \t]+(?<pattern>[^ \t#][^#]*?)[ \t]*(?:#.*)?$")]
    private static partial Regex Access();
}
