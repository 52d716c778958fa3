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
        var waits = none is null && First("wait")?.Text == "yes";
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
            var values = new List<Word>();
            for (at++; at < _words.Count && _words[at].Text != ","; at++)
            {
                if (_words[at].Text != "=")
                {
                    values.Add(_words[at]);
                }
            }

            if (!Known.Contains(key.Text))
            {
                importing.Map.Lost(
                    key.At, $"unknown key '{key.Text}', so inetd left the entry out{Suggestion.For(key.Text, Known)}");
                return false;
            }

            if (key.Text is "acceptfilter" or "ipsec" && values.Count > 0)
            {
                importing.Map.Lost(key.At, $"'{key.Text}' is of NetBSD alone, and is left out");
            }

            _values.TryAdd(key.Text, values);
        }

        return true;
    }

    /// <summary>Reads the words up to the semicolon; false where there is none.</summary>
    private bool Scan()
    {
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
                    case '=' or ',':
                        _words.Add(Word.Of(source, LastLine, at, at + 1));
                        break;
                    case '"' or '\'':
                        at = Quoted(text, at);
                        break;
                    default:
                        var end = text.AsSpan(at).IndexOfAny(_words.Count == 0 ? " \t;#" : " \t=,;#") is > 0 and var length
                            ? at + length
                            : text.Length;
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
