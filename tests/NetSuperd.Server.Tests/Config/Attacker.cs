using System.Diagnostics;

namespace NetSuperd.Server.Tests.Config;

/// <summary>What another user of the machine does: the tests of paths plant links, FIFOs and files as <c>nobody</c>.</summary>
internal static class Attacker
{
    public const uint UserId = 65534;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Runs a program as this user.</summary>
    public static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(Patience), $"{program} does not end");
        Assert.True(process.ExitCode == 0, errors);
    }

    /// <summary>Runs a program as the attacker.</summary>
    public static void Do(string program, params string[] arguments) =>
        Run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", program, .. arguments]);

    /// <summary>Makes a folder of the attacker's.</summary>
    public static string Folder(TemporaryFolder above)
    {
        var path = Path.Combine(above.Path, "attacker");
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(above.Path, File.GetUnixFileMode(above.Path) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        Run("chown", $"{UserId}", path);
        return path;
    }

    /// <summary>Skips the test where it cannot be another user.</summary>
    public static void Require() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: the attacker is another user");
}
