namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>Under which conditions the shell executes a command: <c>if</c>, <c>case</c>, loops, functions, <c>&amp;&amp;</c>.</summary>
internal sealed class ShellConditions
{
    // What stands before && and succeeds as a rule.
    private static readonly string[] Preparing =
    [
        "cd", "umask", "ulimit", "export", "set", "exec", "mkdir", "chown", "chmod", "rm", "touch", "echo", "true", ":", ".", "source",
    ];

    private readonly List<Frame> _frames = [];
    private string? _list;
    private string? _function;

    /// <summary>The condition; null: there is none.</summary>
    public string? Current => _frames.Find(frame => frame.Condition is not null)?.Condition ?? _list;

    /// <summary>Whether the patterns of <c>case</c> are next.</summary>
    public bool IsCase => _frames is [.., { Opener: "case" }];

    /// <summary>Whether the commands are those of another shell, which the script does not become.</summary>
    public bool IsInSubshell => _frames.Exists(frame => frame.Opener == "(");

    /// <summary>Takes the name of a function, whose body is next.</summary>
    public void Define(ShellWord name) => _function = $"only if the function '{name.Text}' in line {name.Word.At.Line} is called";

    /// <summary>Takes a keyword in front of a command.</summary>
    /// <returns>How many words belong to it; 0: the first word is no keyword.</returns>
    public int Take(IReadOnlyList<ShellWord> words, string? folder)
    {
        var opener = words[0];
        switch (opener.Text)
        {
            case "then" or "else" or "elif" or "do" or "!" or "time":
                return 1;
            case "function" when words.Count > 1:
                Define(words[1]);
                return 2;
            case "while" or "until" when words is [_, { Text: "true" or ":" or "false" or "sleep" }, ..]:
                Open(opener, null, folder);
                return 1;
            case "if" or "while" or "until":
                Open(opener, $"only under the condition of '{opener.Text}' in line {opener.Word.At.Line}", folder);
                return 1;
            case "for" or "select":
                Open(opener, $"for each word of '{opener.Text}' in line {opener.Word.At.Line}", folder);
                return words.Count;
            case "{":
                Open(opener, null, folder);
                return 1;
            case "fi":
                Close("if");
                return 1;
            case "done":
                Close("while", "until", "for", "select");
                return 1;
            case "}":
                Close("{");
                return 1;
            case "esac":
                Close("case");
                return 1;
            default:
                return 0;
        }
    }

    /// <summary>Begins the arms of <c>case</c>.</summary>
    public void OpenCase(ShellWord opener) => Open(opener, $"only under the condition of 'case' in line {opener.Word.At.Line}", null);

    /// <summary>Begins the commands of another shell.</summary>
    public void OpenSubshell(ShellWord opener, string? folder) => Open(opener, null, folder);

    /// <summary>Ends what a word has begun.</summary>
    /// <returns>The working directory before it, if it is that of another shell.</returns>
    public (bool HasFolder, string? Folder) Close(params ReadOnlySpan<string> openers)
    {
        if (_frames is not [.., var frame] || !openers.Contains(frame.Opener))
        {
            return default;
        }

        _frames.RemoveAt(_frames.Count - 1);
        _list = frame.List;
        return (frame.Opener == "(", frame.Folder);
    }

    /// <summary>Takes the operator behind a command.</summary>
    public void Follow(IReadOnlyList<ShellWord> command, ShellWord end)
    {
        _function = null;
        _list = end.Text switch
        {
            "&&" when command is [var first, ..] && (Preparing.Contains(first.Text) || ShellVariables.IsAssignment(first.Text)) => _list,
            "&&" or "||" => _list ?? $"only if {NameOf(command)} in line {end.Word.At.Line} {(end.Text == "&&" ? "succeeds" : "fails")}",
            "|" => _list,
            _ => null,
        };
    }

    private static string NameOf(IReadOnlyList<ShellWord> command) => command.Count > 0 ? $"'{command[0].Text}'" : "what stands before it";

    private void Open(ShellWord opener, string? condition, string? folder)
    {
        _frames.Add(new Frame(opener.Text, condition ?? _list ?? _function, _list, folder));
        (_list, _function) = (null, null);
    }

    private sealed record Frame(string Opener, string? Condition, string? List, string? Folder);
}
