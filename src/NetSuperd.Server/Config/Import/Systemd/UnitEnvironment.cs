using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>The environment variables of a service, and what its command makes of them.</summary>
internal sealed class UnitEnvironment(ImportedMap map, ForeignFiles files, Unit unit)
{
    private readonly Dictionary<string, Word> _variables = new(StringComparer.Ordinal);
    private bool _isWhole = true;

    /// <summary>Reads the variables, and sets them.</summary>
    public void Set(ImportedService service)
    {
        foreach (var word in unit.All("Service", "Environment").SelectMany(UnitWords.Split))
        {
            if (word.Text.IndexOf('=') is > 0 and var equals && Specifiers.Expand(map, unit, word) is { } text)
            {
                _variables[text[..equals]] = word with { Text = text[(equals + 1)..] };
            }
        }

        foreach (var file in unit.All("Service", "EnvironmentFile"))
        {
            ReadFile(file.Value);
        }

        foreach (var (name, value) in _variables)
        {
            service.Set(ServiceKeys.Env, name, value.Text, value.At);
        }

        var passed = unit.All("Service", "PassEnvironment").SelectMany(UnitWords.Split).ToList();
        if (passed.Count > 0)
        {
            service.Set(ServiceKeys.PassEnv, passed, passed[0].At);
        }
    }

    /// <summary>The value of a variable in a command; null: it is known when the program is started, and not before.</summary>
    public string? Value(string name, Word word)
    {
        if (_variables.TryGetValue(name, out var value))
        {
            return value.Text;
        }

        if (!_isWhole || name is "REMOTE_ADDR" or "REMOTE_PORT" || name.StartsWith("LISTEN_", StringComparison.Ordinal))
        {
            map.Lost(word.At, $"variables are not expanded in exec, and '{name}' has no value here: write it, or let the program read it");
            return null;
        }

        map.Changed(word.At, $"the unit sets no variable '{name}', so it is empty in exec, as with systemd");
        return "";
    }

    private void ReadFile(Word file)
    {
        var isOptional = file.Text.StartsWith('-');
        if (Specifiers.Expand(map, unit, file.Part(isOptional ? 1 : 0, file.Text.Length)) is not { } path)
        {
            return;
        }

        if (!path.StartsWith('/') || files.Shared(path) is not { } source)
        {
            _isWhole &= isOptional;
            map.Lost(file.At, $"there is no file {path}, so its variables are not in env{(isOptional ? "; it is optional" : "")}");
            return;
        }

        map.ChangedOnce(file.At, $"the variables of {path} are env of the service: a change of that file is no longer seen");
        for (var line = 1; line <= source.LineCount; line++)
        {
            Take(source, line);
        }
    }

    private void Take(SourceText source, int line)
    {
        var text = source.Line(line).Trim();
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (text.Length == 0 || text[0] is '#' or ';' || equals < 1)
        {
            return;
        }

        if (text.EndsWith('\\'))
        {
            map.Lost(new Position(source, line, 1), "a value over several lines is not read: write it in env");
            return;
        }

        var value = text[(equals + 1)..].Trim();
        value = value is [('"' or '\'') and var open, .., var close] && open == close ? value[1..^1] : value;
        _variables[text[..equals].Trim()] = new Word(value, new Position(source, line, 1));
    }
}
