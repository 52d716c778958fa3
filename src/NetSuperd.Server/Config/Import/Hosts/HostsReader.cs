using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Hosts;

/// <summary>Reads hosts.allow and hosts.deny, hosts_access(5) with the options of hosts_options(5).</summary>
internal sealed class HostsReader(Importing importing)
{
    private const string Separators = ", \t\r\n";

    // BUFLEN of libwrap, with the end of the line and the NUL.
    private const int MostChars = 2046;
    private const int MostExcept = 32;

    private readonly HostsPatterns _patterns = new(importing);

    /// <summary>Whether a file lets in the clients that it names.</summary>
    public static bool IsAllow(SourceText source) => !Path.GetFileName(source.Name).Contains("deny", StringComparison.Ordinal);

    /// <summary>How many lines of all files are neither rules nor comments.</summary>
    public int Broken { get; private set; }

    /// <summary>The rules of a file.</summary>
    public List<HostsRule> Read(SourceText source)
    {
        var rules = new List<HostsRule>();
        for (var line = 1; line <= source.LineCount; line++)
        {
            var text = new ForeignLine(source);
            while (source.Line(line) is [.., '\\'] part && line < source.LineCount)
            {
                text.Add(line++, 0, part.Length - 1);
            }

            text.Add(line, 0, source.Line(line).Length);
            var isLast = line == source.LineCount && !source.Text.EndsWith('\n');
            if (!text.Text.StartsWith('#') && Rule(text, IsAllow(source)) is { } rule && IsRead(rule, isLast, text.Text.Length))
            {
                rules.Add(rule);
            }
        }

        return rules;
    }

    /// <summary>Whether the rule holds: libwrap leaves out a line without an end, which may only be made up for where it refuses.</summary>
    private bool IsRead(HostsRule rule, bool isLast, int length)
    {
        if (!isLast && length <= MostChars)
        {
            return true;
        }

        var why = isLast ? "the last line has no end" : $"the line is longer than {MostChars} characters";
        if (rule.Allows)
        {
            importing.Map.Lost(rule.At, $"{why}, so tcpd left this rule out, and it opens nothing here either: end the line, or divide it");
        }
        else
        {
            importing.Map.Changed(rule.At, $"{why}, so tcpd left this rule out; it holds now");
        }

        return !rule.Allows;
    }

    private HostsRule? Rule(ForeignLine line, bool allows)
    {
        var (text, end) = (line.Text, EndOf(line));
        if (string.IsNullOrWhiteSpace(text[..end]))
        {
            return null;
        }

        var fields = Fields(text, end);
        var at = line.Trimmed(fields[0].From, fields[0].To).At;
        if (fields.Count == 1)
        {
            Broken++;
            importing.Map.Lost(at, "a rule is 'programs : clients', and this line has no colon, so tcpd left it out");
            return null;
        }

        var daemons = line.Words(fields[0].From, fields[0].To, Separators);
        if (fields.Count > 2 && Unbracketed(text, fields[1], end) is { } bare)
        {
            return Bare(at, daemons, line.Words(fields[1].From, bare, Separators));
        }

        var clients = line.Words(fields[1].From, fields[1].To, Separators);
        if (clients.Count(word => word.Text.Equals("EXCEPT", StringComparison.OrdinalIgnoreCase)) > MostExcept)
        {
            importing.Problems.Error(at, $"more than {MostExcept} times EXCEPT: this is no rule of hosts_access(5)");
            return null;
        }

        var options = new HostsOptions(allows);
        options.Read([.. fields.Skip(2).Select(field => line.Trimmed(field.From, field.To))]);
        return new HostsRule(at, daemons, _patterns.Read(clients), options.Allows, options.Findings);
    }

    /// <summary>
    /// The rule of a line that has an IPv6 address without brackets. The address matched no client, and as no option is called like its
    /// parts, tcpd refused the clients before it (hosts_options(5)).
    /// </summary>
    private HostsRule? Bare(Position at, List<Word> daemons, List<Word> clients)
    {
        if (clients.Count == 0)
        {
            Broken++;
            importing.Map.Lost(at, "an IPv6 address needs brackets in a rule, and without them it matched no client: the rule is left out");
            return null;
        }

        importing.Map.Lost(
            at,
            "an IPv6 address needs brackets in a rule: tcpd took what follows its first colon for options that it does not know, and "
            + "refused the clients before it, as the rule does here");
        return new HostsRule(at, daemons, _patterns.Read(clients), Allows: false, []);
    }

    /// <summary>Where among the clients an IPv6 address without brackets begins; null: there is none.</summary>
    private static int? Unbracketed(string text, (int From, int To) clients, int end)
    {
        for (var at = clients.From; at <= clients.To; at++)
        {
            var length = text.AsSpan(at, end - at).IndexOfAny(Separators);
            var word = length < 0 ? text[at..end] : text.Substring(at, length);
            if (word.Split('/')[0] is var address && address.Contains(':', StringComparison.Ordinal) && !address.StartsWith('[')
                && System.Net.IPAddress.TryParse(address, out _))
            {
                return at;
            }

            at += word.Length;
        }

        return null;
    }

    /// <summary>The end of the line, or the <c>#</c> before a comment behind a rule.</summary>
    private int EndOf(ForeignLine line)
    {
        var hash = line.Text.IndexOf(" #", StringComparison.Ordinal);
        if (hash < 0)
        {
            return line.Text.Length;
        }

        importing.Map.ChangedOnce(
            line.At(hash + 1, hash + 2), "what follows # is a comment, as in FreeBSD; in Linux tcpd took it for a part of the rule");
        return hash;
    }

    /// <summary>The parts between colons; those of IPv6 in brackets and those behind a backslash do not count.</summary>
    private static List<(int From, int To)> Fields(string text, int end)
    {
        var fields = new List<(int From, int To)>();
        var (from, isIn) = (0, false);
        for (var at = 0; at < end; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (text[at] is '[' or ']')
            {
                isIn = text[at] == '[';
            }
            else if (text[at] == ':' && (!isIn || fields.Count > 1))
            {
                fields.Add((from, at));
                from = at + 1;
            }
        }

        fields.Add((from, end));
        return fields;
    }
}
