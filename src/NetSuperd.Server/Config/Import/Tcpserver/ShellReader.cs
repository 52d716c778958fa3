using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>
/// Reads the commands of a run script, as far as such scripts go: quotes, here-documents, backslashes, comments, variables with plain
/// values, <c>`cat FILE`</c>, and the conditions around commands. Nothing is executed.
/// </summary>
internal sealed class ShellReader(Importing importing, SourceText source)
{
    // A command in quotes may have another one in quotes.
    private const int MostQuotes = 4;

    // A parenthesis behind them begins no function.
    private static readonly string[] Keywords = ["if", "elif", "while", "until", "then", "else", "do", "!", "{", "time"];

    // What names $0 without starting it.
    private static readonly string[] Harmless = ["echo", "printf", "logger", "[", "[[", "test", "basename", "dirname", "cd", ".", "source"];

    private readonly ShellConditions _conditions = new();
    private readonly List<ShellCommand> _commands = [];
    private List<ShellWord> _command = [];
    private string? _doubt;
    private bool _isPiped;
    private bool _isPattern;
    private bool _isDefinition;
    private bool _isTest;

    /// <summary>The variables that the script has set.</summary>
    public ShellVariables Variables { get; } = new(importing, source);

    /// <summary>The commands that are no assignments, in their order.</summary>
    public IReadOnlyList<ShellCommand> Read()
    {
        var start = ShellStart.Of(source.Line(1));
        _doubt = start.Odd is { } odd ? $"the first line starts the script with '{odd}', which may take rights away" : null;
        var lines = new ShellLines(importing, source);
        var last = new ForeignLine(source);
        while (lines.Next() is { } line)
        {
            _doubt ??= lines.IsOpen ? $"a quote in line {line.FirstLine} is never closed" : null;
            foreach (var word in new ShellWords(Variables, line).Read())
            {
                Take(word);
            }

            last = line;
            if (!start.IsExecline)
            {
                End(line);
            }
        }

        End(last);
        return _commands;
    }

    private void End(ForeignLine line) => Take(ShellWords.Operator(line.Word(0, 0) with { Text = "\n" }));

    private void Take(ShellWord word)
    {
        if (_isPattern)
        {
            TakePattern(word);
        }
        else if (_isDefinition)
        {
            _isDefinition = word.Text != ")";
        }
        else if (!word.IsOperator)
        {
            _command.Add(word);
            if (_command is [.., { Text: "case" } opener, _, { Text: "in" }])
            {
                _conditions.OpenCase(opener);
                (_command, _isPattern) = ([], true);
            }
        }
        else if (word.Text == "(" && _command is [var name] && !ShellVariables.IsAssignment(name.Text) && !Keywords.Contains(name.Text))
        {
            _conditions.Define(name);
            (_command, _isDefinition) = ([], true);
        }
        else
        {
            TakeOperator(word);
        }
    }

    private void TakePattern(ShellWord word)
    {
        if (word is { IsOperator: false, Text: "esac" })
        {
            _conditions.Close("case");
            _isPattern = false;
        }
        else if (word is { IsOperator: true, Text: ")" })
        {
            _isPattern = false;
        }
    }

    private void TakeOperator(ShellWord end)
    {
        if (_command.Count > 0)
        {
            var command = WithoutKeywords(_command);
            _command = [];
            if (command.Count > 0)
            {
                TakeCommand(command, end.Text is "&" or "|");
            }

            _conditions.Follow(command, end);
            _isPiped = end.Text == "|";
        }

        if (end.Text == "(")
        {
            _conditions.OpenSubshell(end, Variables.Moved);
        }
        else if (end.Text == ")" && _conditions.Close("(") is (true, var folder))
        {
            Variables.Moved = folder;
        }

        _isPattern = end.Text == ";;" && _conditions.IsCase;
    }

    private List<ShellWord> WithoutKeywords(List<ShellWord> command)
    {
        _isTest = false;
        while (command.Count > 0 && _conditions.Take(command, Variables.Moved) is > 0 and var count)
        {
            if (command is [{ Text: "for" or "select" }, var variable, ..])
            {
                Variables.Set(variable.Text, null);
            }

            _isTest = command[0].Text is "if" or "elif" or "while" or "until";
            command = command[count..];
        }

        return command;
    }

    private void TakeCommand(List<ShellWord> command, bool isAside)
    {
        var first = command[0].Text == "export" && command.Count > 1 ? 1 : 0;
        if (command.Skip(first).All(word => first > 0 || ShellVariables.IsAssignment(word.Text)))
        {
            foreach (var word in command.Skip(first).Where(word => ShellVariables.IsAssignment(word.Text)))
            {
                Variables.Set(word, isCertain: _conditions.Current is null);
            }
        }
        else if (command is [{ Text: "cd" }, { Missing: null } folder] && _conditions.Current is null)
        {
            Variables.Moved = Variables.PathOf(folder.Text);
        }
        else if (command is not [{ Text: "exec" }])
        {
            Variables.Forget(command);
            // What if asks takes no part in the service.
            if (!AddQuoted(command, MostQuotes) && (!_isTest || command.Exists(word => TcpserverKind.Of(word.Text) is not null)))
            {
                Add(command);
            }

            Doubt(command, isAside || _isPiped || _conditions.IsInSubshell);
        }
    }

    private void Add(IReadOnlyList<ShellWord> command) => _commands.Add(new ShellCommand(
        command, Variables.Moved, _conditions.Current is { } condition ? $"it is started {condition}" : _doubt));

    /// <summary>A command in quotes that another program starts, <c>su USER -c 'tcpserver ...'</c>: both are one command.</summary>
    private bool AddQuoted(List<ShellWord> command, int most)
    {
        var at = command.FindIndex(word => TcpserverKind.IsIn(word.Text));
        if (at <= 0 || most == 0 || TcpserverKind.Of(command[at].Text) is not null || command[at].Quoted() is not { } quoted)
        {
            return false;
        }

        var hasAny = false;
        List<ShellWord> inner = [];
        foreach (var word in new ShellWords(Variables, quoted).Read().Append(ShellWords.Operator(quoted.Word(0, 0))))
        {
            if (!word.IsOperator)
            {
                inner.Add(word);
                continue;
            }

            List<ShellWord> whole = [.. command.Take(at), .. inner];
            if (inner.FindIndex(part => TcpserverKind.Of(part.Text) is not null) is >= 0 and var server && server < inner.Count - 2)
            {
                Add(whole);
                hasAny = true;
            }
            else
            {
                hasAny |= inner.Count > 0 && AddQuoted(whole, most - 1);
            }

            inner = [];
        }

        return hasAny;
    }

    /// <summary>
    /// After <c>exec</c> or <c>exit</c> the shell may not come to the next command, or the script starts again as another user.
    /// </summary>
    private void Doubt(List<ShellWord> command, bool isAside)
    {
        var (name, line) = (command[0].Text, command[0].Word.At.Line);
        if (!isAside && name == "exec")
        {
            _doubt ??= $"the script may end before it, with 'exec {command[1].Text}' in line {line}";
        }
        else if (!isAside && name == "exit" && _conditions.Current is null)
        {
            _doubt ??= $"the script ends before it, with 'exit' in line {line}";
        }
        else if (!Harmless.Contains(name) && command.Exists(IsScript))
        {
            _doubt ??= $"'{name}' in line {line} starts the script again, and may take rights away";
        }
    }

    private static bool IsScript(ShellWord word) => word.Missing is not null
        && (word.Text.Contains("$0", StringComparison.Ordinal) || word.Text.Contains("${0}", StringComparison.Ordinal));
}
