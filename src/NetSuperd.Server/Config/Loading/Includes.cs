using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Loading;

/// <summary>Finds the files of <c>include</c>.</summary>
internal sealed class Includes(string map, Reading reading)
{
    /// <summary>The kind of the value.</summary>
    public static readonly StringsKind Kind = new("an array of strings such as [\"netsuperd.d/*.toml\"]", ["netsuperd.d/*.toml"]);

    private readonly HashSet<string> _known = [FullPath.Of(map)];

    /// <summary>The folders that patterns were looked up in: a user that may write there can add services.</summary>
    public Dictionary<string, Position> Folders { get; } = [];

    /// <summary>The files, each once, those of a pattern in byte order.</summary>
    public IReadOnlyList<IncludedFile> Find(Node node)
    {
        // A wrong item does not keep the others from being read.
        _ = Kind.TryRead(node, MapKeys.Include, reading, out _);
        var items = node is ArrayNode array ? array.Items : [];
        return [.. items.OfType<ScalarNode>().Where(item => item.Value is string).SelectMany(item => Find((string)item.Value, item.At))];
    }

    private List<IncludedFile> Find(string text, Position at)
    {
        var (folder, last) = (Path.GetDirectoryName(text) ?? "", Path.GetFileName(text));
        if (text.Contains('\0', StringComparison.Ordinal) || last.Length == 0)
        {
            reading.Problems.Error(at, "an included file is a path such as \"netsuperd.d/*.toml\"");
            return [];
        }

        if (FilePattern.Is(folder))
        {
            reading.Problems.Error(at, "'*' and '?' may be in the name of the file only, not in that of its folder");
            return [];
        }

        var path = Path.GetFullPath(folder, reading.Folder);
        if (FilePattern.Is(last))
        {
            Folders.TryAdd(Shown(folder) is { Length: > 0 } shown ? shown : ".", at);
            return Matches(path, last, at)
                .Select(name => Include(Path.Combine(path, name), Path.Combine(folder, name), at))
                .OfType<IncludedFile>()
                .ToList();
        }

        var file = Path.Combine(path, last);
        if (!File.Exists(file))
        {
            reading.Problems.Error(at, Directory.Exists(file)
                ? $"'{text}' is a folder; write \"{text}/*.toml\" for the files in it"
                : $"there is no file '{Shown(text)}'");
            return [];
        }

        return Include(file, text, at) is { } one ? [one] : [];
    }

    private IReadOnlyList<string> Matches(string folder, string pattern, Position at)
    {
        try
        {
            return FilePattern.Matches(folder, pattern);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            var reason = failure is UnauthorizedAccessException ? "permission denied" : failure.Message;
            reading.Problems.Error(at, $"the folder '{folder}' cannot be read: {reason}");
            return [];
        }
    }

    private IncludedFile? Include(string path, string text, Position at)
    {
        if (path == FullPath.Of(map))
        {
            reading.Problems.Error(at, "the map includes itself; put the included files into a folder of their own");
            return null;
        }

        return _known.Add(path) ? new IncludedFile(path, Shown(text)) : null;
    }

    private string Shown(string text) => Path.Combine(Path.GetDirectoryName(map) ?? "", text);
}
