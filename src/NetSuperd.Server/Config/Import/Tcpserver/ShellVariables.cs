using System.Buffers;
using System.Globalization;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>The variables of a run script, and the commands whose output is known without executing them.</summary>
internal sealed class ShellVariables(Importing importing, SourceText source)
{
    private static readonly SearchValues<char> Letters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>The longest value: a script that doubles a variable again and again is no run script.</summary>
    public const int MostChars = 65_536;

    private readonly Dictionary<string, string?> _values = new(StringComparer.Ordinal);
    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(source.Name)) ?? "/";

    /// <summary>The working directory: supervise(8) runs a script in its own folder.</summary>
    public string Folder => Moved ?? _folder;

    /// <summary>Whether a word is NAME=value.</summary>
    public static bool IsAssignment(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals
        && !char.IsAsciiDigit(text[0]) && text.AsSpan(0, equals).IndexOfAnyExcept(Letters) < 0;

    /// <summary>Takes an assignment; one that may not be executed makes the variable unknown.</summary>
    public void Set(ShellWord assignment, bool isCertain)
    {
        var equals = assignment.Text.IndexOf('=', StringComparison.Ordinal);
        Set(assignment.Text[..equals], isCertain && assignment.Missing is null ? assignment.Text[(equals + 1)..] : null);
    }

    /// <summary>Sets a variable; null: its value is not known.</summary>
    public void Set(string name, string? value) => _values[name] = value?.Length > MostChars ? null : value;

    /// <summary>Forgets the variables that a command may set: all of them if it executes commands that are not in the script.</summary>
    public void Forget(IReadOnlyList<ShellWord> command)
    {
        switch (command[0].Text)
        {
            case "." or "source" or "eval":
                foreach (var name in _values.Keys.ToList())
                {
                    _values[name] = null;
                }

                break;
            case "read" or "unset" or "local" or "readonly" or "declare" or "typeset":
                foreach (var word in command.Skip(1))
                {
                    Set(word.Text.Split('=')[0], null);
                }

                break;
        }
    }

    /// <summary>The value of <c>NAME</c> or <c>NAME:-default</c>; null: it is not known.</summary>
    public string? Value(string text)
    {
        var end = text.AsSpan().IndexOfAnyExcept(Letters);
        var (name, rest) = end < 0 ? (text, "") : (text[..end], text[end..]);
        return _values.TryGetValue(name, out var value) ? rest.Length == 0 || rest.StartsWith(":-", StringComparison.Ordinal) ? value : null
            : rest.StartsWith(":-", StringComparison.Ordinal) ? rest[2..]
            : null;
    }

    /// <summary>The working directory that the script has set; null: none.</summary>
    public string? Moved { get; set; }

    /// <summary>The output of a command; null: it is not known.</summary>
    public string? Output(string command)
    {
        var words = command.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            [var cat, var file] when Path.GetFileName(cat) == "cat" => Content(file)?.TrimEnd('\n', '\r'),
            [var head, .. var options, var file] when Path.GetFileName(head) == "head" && options is ["-1"] or ["-n1"] or ["-n", "1"] =>
                Content(file)?.Split('\n')[0].TrimEnd('\r'),
            [var id, "-u", var name] when Path.GetFileName(id) == "id" => Id(name, importing.Names.UserEntry(name)?.UserId),
            [var id, "-g", var name] when Path.GetFileName(id) == "id" => Id(name, importing.Names.UserEntry(name)?.GroupId),
            _ => null,
        };
    }

    /// <summary>A path of the script.</summary>
    public string PathOf(string file) => Path.GetFullPath(file, Folder);

    private string? Content(string file) =>
        file.Contains('$', StringComparison.Ordinal) || file.StartsWith('<') ? null : importing.Files.Shared(PathOf(file))?.Text;

    private static string? Id(string name, uint? id) =>
        id is { } known and not NameCache.NoId ? known.ToString(CultureInfo.InvariantCulture)
        : name.All(char.IsAsciiDigit) ? name
        : null;
}
