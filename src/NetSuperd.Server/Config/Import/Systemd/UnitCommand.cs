using System.Text;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>The command of a service, systemd.service(5) COMMAND LINES.</summary>
internal sealed class UnitCommand(ImportedMap map, Unit unit, UnitEnvironment environment)
{
    // sd-path(3): where systemd looks for a program without a path.
    private static readonly string[] Folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    // No program gets arguments of more bytes: ARG_MAX of execve(2).
    private const int MostChars = 2 << 20;

    private bool _isExpanded = true;
    private int _chars;

    /// <summary>Whether the program ignores the user of the unit.</summary>
    public bool IsPrivileged { get; private set; }

    /// <summary>Sets the program.</summary>
    /// <returns>Whether all of the command is known.</returns>
    public bool Set(ImportedService service)
    {
        var commands = unit.All("Service", "ExecStart");
        if (commands is not [var first, ..])
        {
            map.Lost(unit.At, $"{unit.Name} has no ExecStart, so there is no program to start");
            return false;
        }

        foreach (var more in commands.Skip(1))
        {
            map.Lost(more.Key.At, "a second command after the first one ends is not started: write a script that runs all of them");
        }

        var words = UnitWords.Split(first);
        var end = words.FindIndex(word => word.Text == ";");
        if (end >= 0)
        {
            map.Lost(words[end].At, "a second command after ';' is not started: write a script that runs all of them");
            words.RemoveRange(end, words.Count - end);
        }

        if (words is not [var program, .. var arguments])
        {
            return false;
        }

        var (path, hasName) = Program(program);
        if (Specifiers.Expand(map, unit, path) is not { } expanded)
        {
            return false;
        }

        path = path with { Text = expanded };
        var values = arguments.SelectMany(Argument).ToList();
        if (hasName && values is [{ } name, ..])
        {
            service.Set(ServiceKeys.Argv0, name.Text, name.At);
            values.RemoveAt(0);
        }

        if (_chars > MostChars)
        {
            map.Lost(path.At, "the arguments are longer than execve(2) takes");
        }

        service.Set(ServiceKeys.Exec, (Word[])[path with { Text = Absolute(path.Text) }, .. values.OfType<Word>()], path.At);
        return !values.Contains(null);
    }

    /// <summary>The path of a program: without one it is in a folder of the system.</summary>
    private static string Absolute(string path) => path.Contains('/', StringComparison.Ordinal) ? path
        : (Folders.FirstOrDefault(folder => File.Exists($"{folder}/{path}")) ?? "/usr/bin") + $"/{path}";

    private (Word Path, bool HasName) Program(Word program)
    {
        var (at, hasName) = (0, false);
        for (; at < program.Text.Length && program.Text[at] is '-' or '@' or ':' or '+' or '!'; at++)
        {
            hasName |= program.Text[at] == '@';
            _isExpanded &= program.Text[at] != ':';
            IsPrivileged |= program.Text[at] == '+';
            if (program.Text[at] == '!')
            {
                map.ChangedOnce(program.At, "'!' started the program with the rights of root, and it changed its user itself; user is "
                    + "set here");
            }
        }

        return (program.Part(at, Math.Max(at, program.Text.Length)), hasName);
    }

    /// <summary>The arguments that a word becomes: a variable alone may be several or none; null: one that is not known.</summary>
    private IEnumerable<Word?> Argument(Word word)
    {
        if (Specifiers.Expand(map, unit, word) is not { } text)
        {
            return [null];
        }

        if (_chars > MostChars)
        {
            return [null];
        }

        if (!_isExpanded || !text.Contains('$', StringComparison.Ordinal))
        {
            return [word with { Text = text }];
        }

        if (text is ['$', not '$' and not '{', ..])
        {
            if (environment.Value(text[1..], word) is not { } value)
            {
                return [null];
            }

            _chars += value.Length;
            return value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(part => word with { Text = part });
        }

        return [Expanded(text, word)];
    }

    private Word? Expanded(string text, Word word)
    {
        var result = new StringBuilder();
        var last = text.LastIndexOf('}');
        for (var at = 0; at < text.Length && result.Length <= MostChars; at++)
        {
            var close = text[at] == '$' && at < last && text[at + 1] == '{' ? text.IndexOf('}', at) : -1;
            if (close > 0)
            {
                if (environment.Value(text[(at + 2)..close], word) is not { } value)
                {
                    return null;
                }

                result.Append(value);
                at = close;
                continue;
            }

            at += text[at] == '$' && at + 1 < text.Length && text[at + 1] == '$' ? 1 : 0;
            result.Append(text[at]);
        }

        _chars += result.Length;
        return word with { Text = result.ToString() };
    }
}
