using System.Text.RegularExpressions;

namespace NetSuperd.Platform;

/// <summary>Paths in the commands that messages advise.</summary>
public static partial class ShellPath
{
    /// <summary>A path as a word of the shell.</summary>
    public static string Quoted(string path) =>
        Plain().IsMatch(path) ? path : $"'{path.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"\A[A-Za-z0-9_./+@:,%=][A-Za-z0-9_./+@:,%=-]*\z")]
    private static partial Regex Plain();
}
