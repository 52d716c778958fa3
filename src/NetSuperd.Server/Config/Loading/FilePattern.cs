using System.IO.Enumeration;
using System.Text;

namespace NetSuperd.Server.Config.Loading;

/// <summary>Names of files with <c>*</c> and <c>?</c>.</summary>
internal static class FilePattern
{
    /// <summary>Whether a text is a pattern.</summary>
    public static bool Is(string text) => text.AsSpan().ContainsAny('*', '?');

    /// <summary>The names in a folder that match, in byte order; none where there is no such folder.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The user may not read the folder.</exception>
    public static IReadOnlyList<string> Matches(string folder, string pattern)
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

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? left, byte[]? right) => left.AsSpan().SequenceCompareTo(right);
    }
}
