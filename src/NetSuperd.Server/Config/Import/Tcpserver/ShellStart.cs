namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>The first line of a script, <c>#!</c>: the program with which the kernel starts it, execve(2).</summary>
/// <param name="IsExecline">Whether it is execlineb(1), for which all lines are one command.</param>
/// <param name="Odd">What is more than a shell, and may take rights away; null: it is a shell.</param>
internal sealed record ShellStart(bool IsExecline, string? Odd)
{
    private const string Mark = "#!";

    private static readonly string[] Shells = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"];

    /// <summary>Reads it.</summary>
    public static ShellStart Of(string line)
    {
        if (!line.StartsWith(Mark, StringComparison.Ordinal))
        {
            return new ShellStart(IsExecline: false, null);
        }

        var words = line[Mark.Length..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var shell = words is [var env, _, ..] && Path.GetFileName(env) is "env" or "busybox" ? words[1..] : words;
        var isExecline = shell is [var first, ..] && Path.GetFileName(first) == "execlineb";
        var isKnown = shell is [var name, .. var options] && (isExecline || Shells.Contains(Path.GetFileName(name)))
            && options.All(option => option.StartsWith('-') && (isExecline || !option.Contains('c', StringComparison.Ordinal)));
        return new ShellStart(isExecline, isKnown ? null : string.Join(' ', words));
    }
}
