using System.IO.Enumeration;
using System.Text;
using NetSuperd.Server.Config.Files;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Loading;

/// <summary>Finds the files of <c>include</c>.</summary>
internal sealed class Includes(string map, Reading reading)
{
    private static readonly StringsKind Kind = new("an array of strings such as [\"netsuperd.d/*.toml\"]");

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

        if (IsPattern(folder))
        {
            reading.Problems.Error(at, "'*' and '?' may be in the name of the file only, not in that of its folder");
            return [];
        }

        var path = Path.GetFullPath(folder, reading.Folder);
        if (IsPattern(last))
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

    private static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    private string[] Matches(string folder, string pattern, Position at)
    {
        try
        {
            // As in a shell, a pattern does not match hidden files, such as those that editors and package managers leave behind.
            var literal = pattern.Replace(@"\", @"\\", StringComparison.Ordinal);
            var names = new DirectoryInfo(folder) is { Exists: true } known
                ? known.EnumerateFiles().Select(file => file.Name)
                    .Where(name => name[0] != '.' || pattern[0] == '.')
                    .Where(name => FileSystemName.MatchesSimpleExpression(literal, name, ignoreCase: false))
                : [];
            return [.. names.OrderBy(Encoding.UTF8.GetBytes, ByteOrder.Instance)];
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

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? left, byte[]? right) => left.AsSpan().SequenceCompareTo(right);
    }
}
