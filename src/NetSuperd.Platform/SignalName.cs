using System.Globalization;

namespace NetSuperd.Platform;

/// <summary>The signals (signal(7)), by their numbers on Linux for x86-64 and aarch64.</summary>
public static class SignalName
{
    /// <summary>Makes a daemon reload its configuration.</summary>
    public const int SIGHUP = 1;

    /// <summary>Asks a process to end, as the terminal does.</summary>
    public const int SIGINT = 2;

    /// <summary>Asks a process to end, and to leave a core file.</summary>
    public const int SIGQUIT = 3;

    /// <summary>Makes the daemon reopen its log file.</summary>
    public const int SIGUSR1 = 10;

    /// <summary>Makes the daemon restart.</summary>
    public const int SIGUSR2 = 12;

    /// <summary>Asks a process to end.</summary>
    public const int SIGTERM = 15;

    /// <summary>Ends a process.</summary>
    public const int SIGKILL = 9;

    // SIGRTMAX.
    private const int Most = 64;

    private static readonly string[] Names =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
        "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
        "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>The signal of a name, with or without SIG and in any case, or of a number; null: there is none.</summary>
    public static int? Find(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number is > 0 and <= Most ? number : null;
        }

        var name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text : $"SIG{text}";
        var found = Array.FindIndex(Names, known => known.Length > 0 && known.Equals(name, StringComparison.OrdinalIgnoreCase));
        return found > 0 ? found : null;
    }

    /// <summary>The name, or the number of a signal without one.</summary>
    public static string Of(int signal) =>
        signal > 0 && signal < Names.Length ? Names[signal] : signal.ToString(CultureInfo.InvariantCulture);
}
