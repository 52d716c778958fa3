using System.Globalization;
using System.Text;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>
/// An entry as inetd of NetBSD has it: <c>service on key = value, key = value value;</c> over any number of lines, with comments from
/// <c>#</c> to the end of a line, and values in quotes with the escapes of C.
/// </summary>
internal sealed class InetdKeyValues(Importing importing, SourceText source, int line)
{
    private static readonly string[] Known =
    [
        "bind", "socktype", "accept_max", "acceptfilter", "protocol", "sndbuf", "recvbuf", "wait", "service_max", "ip_max", "user", "group",
        "exec", "args", "ipsec",
    ];

    private const string Datagrams = "dgram";

    private static readonly string[] Needed = ["wait", "user"];

    private static readonly string[] Limits = ["service_max", "ip_max"];
    private static readonly string[] Counts = [.. Limits, "accept_max"];
    private static readonly string[] MayBeEmpty = ["args", "ipsec"];
    private static readonly string[] MayBeMany = ["args", "acceptfilter"];

    private readonly Dictionary<string, List<Word>> _values = [];
    private readonly List<Word> _words = [];

    /// <summary>The line with the semicolon.</summary>
    public int LastLine { get; private set; } = line;

    /// <summary>Reads the entry; null after a finding.</summary>
    public InetdEntry? Read(InetdAddress @default)
    {
        if (!Scan())
        {
            importing.Map.Lost(_words[0].At, $"'{_words[0].Text}' has no ';' at its end, so inetd left it out");
            return null;
        }

        var (address, service) = InetdAddress.Divide(_words[0], importing);
        if (!Sort())
        {
            return null;
        }

        if (address is not null && First("bind") is { } second)
        {
            importing.Map.Lost(second.At, "there is an address before the name of the service as well, so inetd left the entry out");
            return null;
        }

        var internally = new Word("internal", service.At);
        var program = First("exec") ?? internally;
        var isDatagram = First("socktype")?.Text == Datagrams;
        var protocol = First("protocol")
            ?? new Word(service.Text.StartsWith('/') ? "unix" : isDatagram ? Transport.Udp.Word : Transport.Tcp.Word, service.At);
        var type = First("socktype")
            ?? protocol with { Text = protocol.Text.StartsWith(Transport.Udp.Word, StringComparison.Ordinal) ? Datagrams : "stream" };
        if (program.Text != "internal" && Needed.FirstOrDefault(key => First(key) is null) is { } missing)
        {
            importing.Map.Lost(service.At, $"'{service.Text}' has no key '{missing}', so inetd left it out");
            return null;
        }

        // A program that gets no client need not accept them itself.
        var none = Limits.Select(First).FirstOrDefault(limit => limit?.Text == "0");
        address = First("bind") is { } bind ? InetdAddress.Read(bind, importing) : address ?? @default;
        var waits = (none is null || type.Text == Datagrams) && First("wait")?.Text == "yes";
        return new InetdEntry(
            service.At, service, type, protocol, waits, First("user") ?? new Word("root", service.At), program,
            _values.GetValueOrDefault("args") ?? [])
        {
            IsOff = _words[1].Text == "off",
            NoClients = none,
            Addresses = address.Addresses,
            HostName = address.HostName,
            Group = First("group"),
            Rate = First("service_max"),
            RatePerSource = First("ip_max"),
            MaxConnections = First("accept_max"),
            ReceiveBuffer = First("recvbuf"),
            SendBuffer = First("sndbuf"),
        };
    }

    private Word? First(string key) => _values.GetValueOrDefault(key)?.FirstOrDefault();

    /// <summary>Sorts the words after <c>on</c> or <c>off</c> by the keys before them; false after a finding.</summary>
    private bool Sort()
    {
        for (var at = 2; at < _words.Count; at++)
        {
            var key = _words[at];
            at += at + 1 < _words.Count && _words[at + 1].Text == "=" ? 2 : 1;
            var end = _words.FindIndex(at, word => word.Text == ",");
            var values = _words[at..(end < 0 ? _words.Count : end)];
            at += values.Count;
            if (Fault(key, values) is { } fault)
            {
                importing.Map.Lost(key.At, fault);
                return false;
            }

            if (key.Text is "acceptfilter" or "ipsec" && values.Count > 0)
            {
                importing.Map.Lost(key.At, $"'{key.Text}' is of NetBSD alone, and is left out");
            }

            _values.Add(key.Text, values);
        }

        return true;
    }

    /// <summary>Why inetd left out an entry with such a key; null: it did not.</summary>
    private string? Fault(Word key, List<Word> values)
    {
        var text = key.Text;
        return !Known.Contains(text) ? $"unknown key '{text}', so inetd left the entry out{Suggestion.For(text, Known)}"
            : _values.ContainsKey(text) ? $"'{text}' is written twice, and the entry is left out: remove one of the two"
            : values.Count == 0 && !MayBeEmpty.Contains(text) ? $"'{text}' has no value, so inetd left the entry out"
            : Swallowed(text, values) is { } swallowed ? swallowed
            : values.Count > 1 && !MayBeMany.Contains(text) ? $"'{text}' has more than one value, so inetd left the entry out"
            : text == "wait" && values[0].Text is not ("yes" or "no")
                ? $"'{values[0].Text}' at wait is neither yes nor no, so inetd left the entry out"
            : Counts.Contains(text) && !values[0].Text.All(char.IsAsciiDigit)
                ? $"'{values[0].Text}' at {text} is no number, so inetd left the entry out"
            : null;
    }

    /// <summary>
    /// What to say of a key among the values of another: no comma is before it, or no semicolon before its entry. Arguments may look like a
    /// key, but not like exec.
    /// </summary>
    private static string? Swallowed(string key, List<Word> values)
    {
        for (var at = 0; at < values.Count; at++)
        {
            var (name, rest) = InetdFields.Cut(values[at], '=');
            var isKey = rest is not null || (at + 1 < values.Count && values[at + 1].Text.StartsWith('='));
            if (isKey && Known.Contains(name.Text) && (key != "args" || rest is null || name.Text == "exec"))
            {
                return at > 1 && values[at - 1].Text is ("on" or "off")
                    ? $"a ';' is missing before '{values[at - 2].Text}', so inetd left out both entries"
                    : $"a ',' is missing before '{name.Text}', so inetd left the entry out";
            }
        }

        return null;
    }

    /// <summary>Reads the words up to the semicolon; false where there is none.</summary>
    private bool Scan()
    {
        var isValue = false;
        for (; LastLine <= source.LineCount; LastLine++)
        {
            var text = source.Line(LastLine);
            for (var at = 0; at < text.Length && text[at] != '#'; at++)
            {
                switch (text[at])
                {
                    case ' ' or '\t':
                        break;
                    case ';':
                        return true;
                    case ',':
                    case '=' when !isValue:
                        isValue = text[at] == '=';
                        _words.Add(Word.Of(source, LastLine, at, at + 1));
                        break;
                    case '"' or '\'':
                        at = Quoted(text, at);
                        break;
                    default:
                        var ends = _words.Count == 0 ? " \t;#" : isValue ? " \t,;#" : " \t=,;#";
                        var end = text.AsSpan(at).IndexOfAny(ends) is > 0 and var length ? at + length : text.Length;
                        _words.Add(Word.Of(source, LastLine, at, end));
                        at = end - 1;
                        break;
                }
            }
        }

        LastLine = source.LineCount;
        return false;
    }

    private int Quoted(string text, int from)
    {
        var value = new StringBuilder();
        var at = from + 1;
        for (; at < text.Length && text[at] != text[from]; at++)
        {
            if (text[at] != '\\' || at + 1 == text.Length)
            {
                value.Append(text[at]);
                continue;
            }

            at++;
            value.Append(text[at] switch
            {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'x' when at + 2 < text.Length
                    && byte.TryParse(text.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) =>
                    Skip(ref at, (char)code),
                var other => other,
            });
        }

        _words.Add(Word.Of(source, LastLine, from, Math.Min(text.Length, at + 1)) with { Text = value.ToString() });
        return at;
    }

    private static char Skip(ref int at, char code)
    {
        at += 2;
        return code;
    }
}
