namespace NetSuperd.Windows.Control;

/// <summary>The name of the pipe at which operators reach the daemon.</summary>
internal static class PipeName
{
    /// <summary>The name where the map has none.</summary>
    public const string Default = Prefix + "netsuperd";

    private const string Prefix = @"\\.\pipe\";

    // CreateNamedPipeW, lpName.
    private const int MostLength = 256;

    /// <summary>Why a pipe cannot have the name; null where it can. It has no other backslash, and its case does not matter.</summary>
    public static string? Complaint(string path) =>
        !path.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || path.Length == Prefix.Length
            || path.AsSpan(Prefix.Length).ContainsAny('\\', '/', '\0')
                ? $@"'{path}' is not the name of a pipe of this machine; write it as '{Prefix}NAME'"
        : path.Length > MostLength ? $"the name of a pipe has at most {MostLength} characters, and this one has {path.Length}"
        : null;
}
