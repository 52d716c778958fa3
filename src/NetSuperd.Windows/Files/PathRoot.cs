namespace NetSuperd.Windows.Files;

/// <summary>Where a full path of Windows begins, and the names that lead on from there.</summary>
internal static class PathRoot
{
    private const string Verbatim = @"\\?\";
    private const string Share = @"UNC\";

    /// <summary>
    /// Divides a path; null where it leads to no file of a volume or a share: a device, a pipe, a stream beside the content.
    /// </summary>
    /// <param name="path">The path; a relative one is relative to the working directory.</param>
    public static ((string Object, string Path) Root, string[] Names)? Of(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        // The runtime leaves a path alone that begins so, "." and ".." in it as well, and Windows would take them for names.
        var full = Path.GetFullPath(path);
        var plain = !full.StartsWith(Verbatim, StringComparison.Ordinal) ? full
            : full[Verbatim.Length..] is var rest && !rest.StartsWith(Share, StringComparison.OrdinalIgnoreCase) ? rest
            : @"\\" + rest[Share.Length..];
        var words = plain.Split('\\', StringSplitOptions.RemoveEmptyEntries);
        var isShare = plain.StartsWith(@"\\", StringComparison.Ordinal);
        var names = words.Skip(isShare ? 2 : 1).ToArray();
        if (names.Any(name => name is "." or ".." || name.Contains(':', StringComparison.Ordinal)))
        {
            return null;
        }

        return isShare && words is [not ("." or "?"), _, ..]
                ? (($@"\??\UNC\{words[0]}\{words[1]}\", $@"\\{words[0]}\{words[1]}\"), names)
            : !isShare && words is [[>= 'A' and <= 'Z' or >= 'a' and <= 'z', ':'] drive, ..]
                ? (($@"\??\{drive}\", $@"{char.ToUpperInvariant(drive[0])}:\"), names)
            : !isShare && words is [var volume, ..] && volume.StartsWith("Volume{", StringComparison.OrdinalIgnoreCase)
                && full.StartsWith(Verbatim, StringComparison.Ordinal)
                ? (($@"\??\{volume}\", $@"{Verbatim}{volume}\"), names)
            : null;
    }
}
