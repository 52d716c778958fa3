using System.Globalization;

namespace NetSuperd.Native;

/// <summary>The names of the signals (signal(7)), as Linux numbers them on x86-64 and aarch64.</summary>
public static class SignalName
{
    /// <summary>Has a daemon read its configuration again.</summary>
    public const int SIGHUP = 1;

    /// <summary>Asks a process to end, as the terminal does.</summary>
    public const int SIGINT = 2;

    /// <summary>Asks a process to end.</summary>
    public const int SIGTERM = 15;

    /// <summary>Ends a process.</summary>
    public const int SIGKILL = 9;

    private static readonly string[] Names =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
        "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
        "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>The name, or the number of a signal without one.</summary>
    public static string Of(int signal) =>
        signal > 0 && signal < Names.Length ? Names[signal] : signal.ToString(CultureInfo.InvariantCulture);
}
