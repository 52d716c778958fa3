using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>The fields of a line of inetd.conf.</summary>
internal static class InetdFields
{
    /// <summary>The fields of a line; quotes hold blanks together, as FreeBSD and NetBSD have it.</summary>
    public static List<Word> Split(SourceText source, int line, int from, out bool quoted)
    {
        var words = Word.Split(source, line, from);
        quoted = words.Exists(word => word.Text[0] is '"' or '\'');
        if (!quoted)
        {
            return words;
        }

        var text = source.Line(line);
        words.Clear();
        for (var at = from; at < text.Length;)
        {
            if (text[at] is ' ' or '\t')
            {
                at++;
            }
            else if (text[at] is '"' or '\'' && text.IndexOf(text[at], at + 1) is > 0 and var close)
            {
                words.Add(Word.Of(source, line, at + 1, close));
                at = close + 1;
            }
            else
            {
                var end = text.AsSpan(at).IndexOfAny(' ', '\t') is > 0 and var blank ? at + blank : text.Length;
                words.Add(Word.Of(source, line, at, end));
                at = end;
            }
        }

        return words;
    }

    /// <summary>The entry of a line that looks like one; null after a finding.</summary>
    public static InetdEntry? Entry(IReadOnlyList<Word> fields, InetdAddress @default, Importing importing)
    {
        var (address, service) = InetdAddress.Divide(fields[0], importing);
        address ??= @default;
        var (type, accept) = Cut(fields[1], ',');
        (type, _) = Cut(type, ':');
        var (protocol, options) = Cut(fields[2], ',');
        var wait = Limits(fields[3]);
        var waits = fields[3].Text.StartsWith("wait", StringComparison.Ordinal);
        var none = wait.Rate?.Text.TrimStart('0') == "" && wait.Rate.Text.Length > 0 ? wait.Rate : null;
        return new InetdEntry(
            fields[0].At, service, type, protocol, waits && (none is null || type.Text == "dgram"), fields[4], fields[5],
            [.. fields.Skip(6)])
        {
            Addresses = address.Addresses,
            HostName = address.HostName,
            NoClients = none,
            MaxConnections = wait.Children ?? (accept is null ? null : Cut(accept, ':').Head),
            Rate = wait.Rate,
            RatePerSource = wait.RatePerSource,
            MaxPerSource = wait.PerSource,
            ReceiveBuffer = Option(options, "rcvbuf="),
            SendBuffer = Option(options, "sndbuf="),
        };
    }

    /// <summary>A field up to a separator, and what follows it.</summary>
    public static (Word Head, Word? Tail) Cut(Word field, char separator)
    {
        var at = field.Text.IndexOf(separator);
        return at < 0 ? (field, null) : (field.Part(0, at), field.Part(at + 1, field.Text.Length));
    }

    // sndbuf=64k,rcvbuf=1m
    private static Word? Option(Word? options, string name)
    {
        for (var rest = options; rest is not null;)
        {
            (var one, rest) = Cut(rest, ',');
            if (one.Text.StartsWith(name, StringComparison.Ordinal))
            {
                return one.Part(name.Length, one.Text.Length);
            }
        }

        return null;
    }

    /// <summary>
    /// <c>nowait.400</c> and <c>nowait:400</c> are starts in a minute, and none with 0; <c>nowait/10/20/5</c>, FreeBSD, are children at
    /// once, starts of one address in a minute, and children of one address, and 0 is unlimited.
    /// </summary>
    private static (Word? Rate, Word? Children, Word? RatePerSource, Word? PerSource) Limits(Word field)
    {
        var at = field.Text.AsSpan().IndexOfAny('.', ':', '/');
        if (at < 0)
        {
            return default;
        }

        var rest = field.Part(at + 1, field.Text.Length);
        if (field.Text[at] != '/')
        {
            return (rest, null, null, null);
        }

        var (children, more) = Cut(rest, '/');
        var (rate, last) = more is null ? (null, null) : Cut(more, '/');
        return (null, children, rate, last);
    }
}
