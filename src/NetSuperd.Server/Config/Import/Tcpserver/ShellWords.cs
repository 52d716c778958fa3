using System.Text;

namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>The words and operators of a line of a run script; redirections with their targets are left out.</summary>
internal sealed class ShellWords(ShellVariables variables, ForeignLine line)
{
    private const string Operators = ";|&()<>\n";

    /// <summary>Reads them: each word is expanded with the variables that are set when it is asked for.</summary>
    public IEnumerable<ShellWord> Read()
    {
        var text = line.Text;
        for (var at = 0; at < text.Length;)
        {
            if (text[at] is ' ' or '\t')
            {
                at++;
            }
            else if (text[at] == '#')
            {
                at = text.IndexOf('\n', at) is > 0 and var end ? end : text.Length;
            }
            else if (text[at] is '<' or '>')
            {
                at = AfterRedirection(at);
            }
            else if (Operators.Contains(text[at], StringComparison.Ordinal))
            {
                var isTwice = text[at] is ';' or '|' or '&' && at + 1 < text.Length && text[at + 1] == text[at];
                var length = isTwice ? 2 : 1;
                yield return Operator(line.Word(at, at + length));
                at += length;
            }
            else
            {
                var word = new Scan(line, variables, at);
                at = word.Run();
                if (!word.IsDescriptor)
                {
                    yield return word.Result();
                }
            }
        }
    }

    /// <summary>An operator.</summary>
    public static ShellWord Operator(Word word) => new(word, null) { IsOperator = true };

    private int AfterRedirection(int at)
    {
        while (at < line.Text.Length && line.Text[at] is '<' or '>' or '&' or ' ' or '\t')
        {
            at++;
        }

        return at < line.Text.Length ? new Scan(line, variables, at).Run() : at;
    }

    /// <summary>Reads one word.</summary>
    private sealed class Scan(ForeignLine line, ShellVariables variables, int from)
    {
        private const string Ends = " \t\n;|&<>()";

        private readonly StringBuilder _value = new();
        private string? _missing;
        private int _at;

        public int Run()
        {
            var text = line.Text;
            _at = from;
            for (var quote = '\0'; _at < text.Length; _at++)
            {
                var c = text[_at];
                if (quote == '\0' && Ends.Contains(c, StringComparison.Ordinal))
                {
                    break;
                }

                if (quote == '\0' ? c is '"' or '\'' : c == quote)
                {
                    quote = quote == '\0' ? c : '\0';
                }
                else if (c == '\\' && quote != '\'' && _at + 1 < text.Length)
                {
                    _value.Append(text[++_at]);
                }
                else if (c is '$' or '`' && quote != '\'')
                {
                    Expand(c);
                }
                else
                {
                    _value.Append(c);
                }
            }

            return _at;
        }

        // 2>&1: the number belongs to the redirection.
        public bool IsDescriptor =>
            _at < line.Text.Length && line.Text[_at] is '>' or '<' && _at - from == 1 && char.IsAsciiDigit(line.Text[from]);

        public ShellWord Result() =>
            new(line.Word(from, _at) with { Text = _value.ToString() }, _missing) { Line = line, From = from, To = _at };

        private void Expand(char c)
        {
            var text = line.Text;
            var (open, close) = c == '`' ? (_at, text.IndexOf('`', _at + 1))
                : _at + 1 < text.Length && text[_at + 1] == '(' ? (_at + 1, Closing(_at + 1))
                : _at + 1 < text.Length && text[_at + 1] == '{' ? (_at + 1, text.IndexOf('}', _at))
                : (_at, -1);
            var end = close;
            if (open == _at && c == '$')
            {
                end = _at;
                while (end + 1 < text.Length && (char.IsAsciiLetterOrDigit(text[end + 1]) || text[end + 1] is '_' or '@' or '*' or '#'))
                {
                    end++;
                }
            }
            else if (close < 0)
            {
                end = text.Length - 1;
            }

            var whole = text[_at..(end + 1)];
            var inner = close < 0 ? text[(_at + 1)..(end + 1)] : text[(open + 1)..close];
            var value = c == '`' || text[open] == '(' ? variables.Output(inner) : variables.Value(inner);
            _missing ??= value is null ? whole : null;
            if (_value.Length > ShellVariables.MostChars)
            {
                _missing ??= whole;
            }
            else
            {
                _value.Append(value ?? whole);
            }

            _at = end;
        }

        private int Closing(int open)
        {
            for (var (at, depth) = (open, 0); at < line.Text.Length; at++)
            {
                depth += line.Text[at] switch { '(' => 1, ')' => -1, _ => 0 };
                if (depth == 0)
                {
                    return at;
                }
            }

            return -1;
        }
    }
}
