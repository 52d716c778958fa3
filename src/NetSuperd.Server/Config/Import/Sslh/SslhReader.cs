using System.Globalization;
using System.Text;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Sslh;

/// <summary>Reads sslh.cfg, a file of libconfig: groups in braces, lists in brackets or parentheses, and scalars.</summary>
internal sealed class SslhReader(SourceText source)
{
    private const int Deepest = 16;

    private readonly string _text = source.Text;
    private int _at;
    private int _line = 1;
    private int _lineStart;

    /// <summary>Reads the file.</summary>
    /// <exception cref="FormatException">It is none of libconfig; the position is <see cref="At"/>.</exception>
    public SslhGroup Read()
    {
        var group = ReadGroup(end: '\0', depth: 0);
        return group;
    }

    /// <summary>Where the reader is.</summary>
    public Position At => new(source, _line, _at - _lineStart + 1);

    private char Here => _at < _text.Length ? _text[_at] : '\0';

    private SslhGroup ReadGroup(char end, int depth)
    {
        var group = new SslhGroup();
        for (Skip(); !(Here == end && (end != '\0' || _at >= _text.Length)); Skip())
        {
            var (at, from) = (At, _at);
            while (char.IsAsciiLetterOrDigit(Here) || Here is '-' or '_' or '*')
            {
                Step();
            }

            if (_at == from)
            {
                throw new FormatException(
                    Here == '@' ? "the file includes another one, which is not read: write its settings here" : "a setting has a name");
            }

            var name = new Word(_text[from.._at], at with { Length = _at - from });
            Skip();
            Expect(Here is ':' or '=', "a setting is a name, a colon or '=', and a value");
            Step();
            group.Add(name, ReadValue(depth + 1));
            Skip();
            if (Here is ';' or ',')
            {
                Step();
            }
        }

        return group;
    }

    private SslhSetting ReadValue(int depth)
    {
        Expect(depth <= Deepest, $"settings are nested more than {Deepest} deep");
        Skip();
        var at = At;
        switch (Here)
        {
            case '{':
                Step();
                var group = ReadGroup('}', depth);
                Step();
                return new SslhSetting(group, at);
            case '(' or '[':
                return new SslhSetting(ReadList(Here == '(' ? ')' : ']', depth), at);
            case '"':
                return new SslhSetting(ReadStrings(), at);
            default:
                return new SslhSetting(ReadScalar(), at);
        }
    }

    private List<SslhSetting> ReadList(char end, int depth)
    {
        var items = new List<SslhSetting>();
        Step();
        for (Skip(); Here != end; Skip())
        {
            Expect(_at < _text.Length, $"a list has no '{end}'");
            items.Add(ReadValue(depth + 1));
            Skip();
            if (Here == ',')
            {
                Step();
            }
        }

        Step();
        return items;
    }

    /// <summary>Strings that stand one after the other are one.</summary>
    private string ReadStrings()
    {
        var text = new StringBuilder();
        for (; Here == '"'; Skip())
        {
            Step();
            while (Here != '"')
            {
                Expect(_at < _text.Length, "a string has no end");
                text.Append(Here == '\\' ? ReadEscape() : Here);
                Step();
            }

            Step();
        }

        return text.ToString();
    }

    private char ReadEscape()
    {
        Step();
        if (Here == 'x' && _at + 2 < _text.Length
            && byte.TryParse(_text.AsSpan(_at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
        {
            Step();
            Step();
            return (char)number;
        }

        return Here switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            'a' => '\a',
            'b' => '\b',
            'v' => '\v',
            var other => other,
        };
    }

    private object ReadScalar()
    {
        var from = _at;
        while (char.IsAsciiLetterOrDigit(Here) || Here is '+' or '-' or '.')
        {
            Step();
        }

        var word = _text[from.._at];
        var digits = word.TrimEnd('L');
        if (bool.TryParse(word, out var truth))
        {
            return truth;
        }

        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            || (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
                && long.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)))
        {
            return number;
        }

        return double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)
            ? real
            : throw new FormatException(word.Length == 0 ? "a value is missing" : $"'{word}' is no value: a text needs quotes");
    }

    private void Skip()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(Here))
            {
                Step();
            }
            else if (Here == '#' || (Here == '/' && _text.AsSpan(_at).StartsWith("//")))
            {
                while (_at < _text.Length && Here != '\n')
                {
                    Step();
                }
            }
            else if (Here == '/' && _text.AsSpan(_at).StartsWith("/*"))
            {
                var end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
                Expect(end > 0, "a comment has no end");
                while (_at < end + 2)
                {
                    Step();
                }
            }
            else
            {
                return;
            }
        }
    }

    private void Step()
    {
        if (Here == '\n')
        {
            (_line, _lineStart) = (_line + 1, _at + 1);
        }

        _at++;
    }

    private static void Expect(bool isSo, string complaint)
    {
        if (!isSo)
        {
            throw new FormatException(complaint);
        }
    }
}
