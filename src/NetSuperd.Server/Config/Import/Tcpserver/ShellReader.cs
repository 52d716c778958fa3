using System.Text;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>
/// Reads the commands of a run script, as far as such scripts go: quotes, backslashes, comments, variables with plain values, and
/// <c>`cat FILE`</c>. Nothing is executed.
/// </summary>
internal sealed class ShellReader(Importing importing, SourceText source)
{
    private readonly ShellVariables _variables = new(importing, source);
    private ForeignLine _line = new(source);
    private int _depth;

    /// <summary>The variables that the script has set.</summary>
    public ShellVariables Variables => _variables;

    /// <summary>The commands that are no assignments, each with its words, in their order.</summary>
    public List<IReadOnlyList<ShellWord>> Read()
    {
        var commands = new List<IReadOnlyList<ShellWord>>();
        for (var line = 1; line <= source.LineCount; line++)
        {
            _line = Joined(ref line);
            var command = new List<ShellWord>();
            foreach (var word in Words().Append(new ShellWord(_line.Word(0, 0), null) { IsOperator = true }))
            {
                if (!word.IsOperator)
                {
                    command.Add(word);
                }
                else if (command.Count > 0)
                {
                    Take(command, commands);
                    command = [];
                }
            }
        }

        return commands;
    }

    private void Take(List<ShellWord> command, List<IReadOnlyList<ShellWord>> commands)
    {
        _depth += command[0].Text switch
        {
            "if" or "for" or "while" or "until" or "case" => 1,
            "fi" or "done" or "esac" => -1,
            _ => 0,
        };
        var first = command[0].Text is "then" or "else" or "do" or "export" ? 1 : 0;
        if (command.Skip(first).All(word => ShellVariables.IsAssignment(word.Text) || command[0].Text == "export"))
        {
            foreach (var word in command.Skip(first).Where(word => ShellVariables.IsAssignment(word.Text)))
            {
                _variables.Set(word, isCertain: _depth == 0);
            }
        }
        else if (command[first].Text == "cd" && command.Count == first + 2 && command[^1].Missing is null && _depth == 0)
        {
            _variables.Move(command[^1].Text);
        }
        else
        {
            commands.Add(command[first..]);
        }
    }

    /// <summary>A line with those that a backslash at its end joins.</summary>
    private ForeignLine Joined(ref int line)
    {
        var whole = new ForeignLine(source);
        if (source.Line(line).TrimStart().StartsWith('#'))
        {
            return whole;
        }

        for (; line < source.LineCount; line++)
        {
            var text = source.Line(line);
            var end = text.LastIndexOf('\\');
            var rest = end < 0 ? "" : text[(end + 1)..].Trim();
            var isComment = text.TrimStart().StartsWith('#');
            if (isComment || (end >= 0 && end + 1 < text.Length && (rest.Length == 0 || rest[0] == '#')))
            {
                importing.Map.Changed(
                    new Position(source, line, isComment ? 1 : end + 1),
                    isComment
                        ? "a comment between the lines of a command ends it for the shell, so what follows was lost; it is taken now"
                        : "the backslash is not the last character of the line, so the shell lost what follows; it is taken now");
                if (isComment)
                {
                    continue;
                }
            }
            else if (end < 0 || end + 1 < text.Length)
            {
                break;
            }

            whole.Add(line, 0, end);
            whole.Add(" ");
        }

        var last = source.Line(line);
        whole.Add(line, 0, last.EndsWith('\\') ? last.Length - 1 : last.Length);
        return whole;
    }

    private IEnumerable<ShellWord> Words()
    {
        var text = _line.Text;
        for (var at = 0; at < text.Length;)
        {
            if (text[at] is ' ' or '\t')
            {
                at++;
            }
            else if (text[at] == '#')
            {
                yield break;
            }
            else if (text[at] is ';' or '|' or '&' or '(' or ')' or '<' or '>')
            {
                var (word, next) = Operator(at);
                at = next;
                if (word is not null)
                {
                    yield return word;
                }
            }
            else
            {
                var word = new Scan(_line, _variables, at);
                at = word.Run();
                if (!word.IsDescriptor)
                {
                    yield return word.Result();
                }
            }
        }
    }

    /// <summary>An operator; a redirection with its target is left out.</summary>
    private (ShellWord? Word, int Next) Operator(int at)
    {
        var text = _line.Text;
        if (text[at] is not ('<' or '>'))
        {
            return (new ShellWord(_line.Word(at, at + 1), null) { IsOperator = true }, at + 1);
        }

        while (at < text.Length && text[at] is '<' or '>' or '&' or ' ')
        {
            at++;
        }

        while (at < text.Length && text[at] is not (' ' or '\t' or ';' or '|' or '&'))
        {
            at++;
        }

        return (null, at);
    }

    /// <summary>Reads one word.</summary>
    private sealed class Scan(ForeignLine line, ShellVariables variables, int from)
    {
        private const string Ends = " \t;|&<>)";

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

        public ShellWord Result() => new(line.Word(from, _at) with { Text = _value.ToString() }, _missing);

        private void Expand(char c)
        {
            var text = line.Text;
            var (open, close) = c == '`' ? (_at, text.IndexOf('`', _at + 1))
                : _at + 1 < text.Length && text[_at + 1] == '(' ? (_at + 1, text.IndexOf(')', _at))
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
    }
}
