using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>
/// Reads the entries of inetd.conf: lines of fields (inetd.conf(5)), <c>key = value</c> entries up to a semicolon (NetBSD), lines that set
/// the address of the entries after them, and entries behind a <c>#</c>.
/// </summary>
/// <remarks>
/// A line that begins with a blank belongs to the entry before it, in every inetd. <c>update-inetd</c> of Debian writes
/// <c>#&lt;off&gt;#</c> before an entry that it disables, and administrators a <c>#</c>; <c>#:LABEL:</c> begins a section of the file.
/// </remarks>
internal sealed partial class InetdReader(Importing importing, SourceText source)
{
    private const int LeastFields = 6;
    private readonly List<InetdEntry> _entries = [];
    private InetdAddress _default = InetdAddress.Every;
    private int _line = 1;
    private int _lastEntry;

    /// <summary>Whether the file has a notation that only inetd of NetBSD has.</summary>
    public bool IsNetBsd { get; private set; } = InetdLibwrap.ComesFromNetBsd(source);

    /// <summary>Whether the file has a notation of FreeBSD, in an entry that is active or behind a <c>#</c>.</summary>
    public bool IsFreeBsd { get; private set; } = InetdLibwrap.ComesFromFreeBsd(source);

    /// <summary>How many lines are neither entries, directives nor comments.</summary>
    public int Broken { get; private set; }

    /// <summary>Reads the file.</summary>
    public IReadOnlyList<InetdEntry> Read()
    {
        for (; _line <= source.LineCount; _line++)
        {
            var text = source.Line(_line);
            if (text.StartsWith("#@", StringComparison.Ordinal))
            {
                ReadPolicy(text);
            }
            else if (text.StartsWith('#'))
            {
                ReadDisabled(text);
            }
            else if (text.AsSpan().Trim(" \t").Length > 0)
            {
                ReadActive(text);
            }
        }

        return _entries;
    }

    /// <summary>Whether a line of the file looks like an entry, active or behind a <c>#</c>.</summary>
    public static bool Recognises(SourceText source) => Enumerable.Range(1, source.LineCount).Any(line =>
        IsEntry(Word.Split(source, line, AfterHash(source.Line(line))))
        || KeyValues().IsMatch(string.Join('\n', Enumerable.Range(line, 3).Select(source.Line))));

    /// <summary>Whether the fields look like those of an entry.</summary>
    public static bool IsEntry(IReadOnlyList<Word> fields) =>
        fields.Count >= LeastFields && SocketType().IsMatch(fields[1].Text) && WaitField().IsMatch(fields[3].Text);

    /// <summary>What a line behind <c>#</c> may be; the place in the line where it begins.</summary>
    public static int AfterHash(string text) => Hashes().Match(text).Length;

    private void ReadPolicy(string text)
    {
        if (text.Length > 2 && text[2..].Trim().Length > 0)
        {
            importing.Map.Lost(
                Word.Of(source, _line, 0, text.Length).At,
                "IPsec policies of sockets are not set: set them by the system's own means, such as ip-xfrm(8)");
        }
    }

    private void ReadDisabled(string text)
    {
        var fields = InetdFields.Split(source, _line, AfterHash(text), out _);
        if (IsEntry(fields) && InetdFields.Entry(fields, _default, importing) is { } entry)
        {
            Add(entry with { IsOff = true }, fields);
        }
    }

    private void ReadActive(string text)
    {
        var fields = InetdFields.Split(source, _line, 0, out var quoted);
        var first = fields[0];
        if (first.Text.EndsWith(':') && fields.Count == 1)
        {
            _default = InetdAddress.Read(first with { Text = first.Text[..^1] }, importing);
        }
        else if (first.Text == ".include")
        {
            Include(fields);
        }
        else if (fields.Count > 1 && fields[1].Text is "on" or "off" && KeyValues().IsMatch(Rest()))
        {
            ReadKeyValues();
        }
        else
        {
            ReadFields(text, fields, quoted);
        }
    }

    private void ReadFields(string text, List<Word> fields, bool quoted)
    {
        // The lines that belong to the entry; a line that is an entry itself is read as what was meant.
        var (first, begin) = (fields[0], _line);
        while (_line < source.LineCount && source.Line(_line + 1) is [' ' or '\t', ..] next && next.Trim().Length > 0)
        {
            var more = InetdFields.Split(source, _line + 1, 0, out var also);
            if (IsEntry(more))
            {
                break;
            }

            _line++;
            fields.AddRange(more);
            quoted |= also;
        }

        var isArgument = text[0] is ' ' or '\t' && _lastEntry == begin - 1;
        if (fields.Count < LeastFields)
        {
            Broken++;
            importing.Map.Lost(
                first.At,
                $"the line has only {fields.Count} of the fields service, type, protocol, wait, user and program: "
                + "most inetds left it out, and that of FreeBSD ended");
        }
        else if (!IsEntry(fields))
        {
            Broken++;
            var wrong = SocketType().IsMatch(fields[1].Text) ? fields[3] : fields[1];
            var expected = wrong == fields[1] ? "no socket type (stream, dgram)" : "neither wait nor nowait";
            importing.Map.Lost(wrong.At, $"'{wrong.Text}' is {expected}, so inetd left the entry out: correct it and import it again");
        }
        else if (InetdFields.Entry(fields, _default, importing) is { } entry)
        {
            Add(entry with { IsOff = isArgument }, fields);
            _lastEntry = _line;
            if (isArgument)
            {
                importing.Map.Lost(
                    first.At,
                    "the line begins with a blank, so inetd took it for arguments of the entry before it: remove the blank and import it "
                    + "again, or remove 'enabled'");
            }

            if (quoted)
            {
                importing.Map.ChangedOnce(
                    first.At, "quotes around arguments are removed, as by inetd of FreeBSD and NetBSD; others passed them to the program");
            }
        }
    }

    private void Add(InetdEntry entry, List<Word> fields)
    {
        _entries.Add(entry);
        IsFreeBsd |= InetdLibwrap.IsOfFreeBsd(fields);
    }

    private void Include(List<Word> fields)
    {
        IsNetBsd = true;
        if (fields.Count < 2)
        {
            return;
        }

        var path = Path.GetFullPath(fields[1].Text, Path.GetDirectoryName(Path.GetFullPath(source.Name)) ?? "/");
        foreach (var file in importing.Files.Matching(path))
        {
            if (importing.Files.Read(file) is { } included)
            {
                var reader = new InetdReader(importing, included) { _default = _default };
                _entries.AddRange(reader.Read());
                Broken += reader.Broken;
            }
        }
    }

    private void ReadKeyValues()
    {
        IsNetBsd = true;
        var reader = new InetdKeyValues(importing, source, _line);
        if (reader.Read(_default) is { } entry)
        {
            _entries.Add(entry);
        }
        else
        {
            Broken++;
        }

        _line = reader.LastLine;
    }

    // The beginning of the entry, which may have its first key in a later line.
    private string Rest() => string.Join('\n', Enumerable.Range(_line, 16).Select(source.Line));

    [GeneratedRegex(@"\A(?:stream|dgram|raw|rdm|seqpacket)(?:[,:].*)?\z")]
    private static partial Regex SocketType();

    [GeneratedRegex(@"\A(?:no)?wait(?:[.:/].*)?\z")]
    private static partial Regex WaitField();

    [GeneratedRegex(@"\A#+(?:[ \t]*<off>#)?[ \t]*")]
    private static partial Regex Hashes();

    [GeneratedRegex(@"\A\s*\S+\s+(?:on|off)(?:\s|#[^\n]*\n)+[a-z_]+\s*=")]
    private static partial Regex KeyValues();
}
