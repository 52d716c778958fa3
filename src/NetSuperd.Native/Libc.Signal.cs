using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// signal.h
internal static unsafe partial class Libc
{
    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGQUIT = 3;
    public const int SIGKILL = 9;
    public const int SIGUSR1 = 10;
    public const int SIGUSR2 = 12;
    public const int SIGTERM = 15;
    public const int SIGCHLD = 17;
    public const int SIGCONT = 18;
    public const int SIGSTOP = 19;
    public const int SIGXFSZ = 25;
    public const int SIG_IGN = 1;
    public const int SIG_SETMASK = 2;

    // Of sigset_t.
    public const int SizeOfSignalSet = 128;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int kill(int pid, int signal);

    // union sigval is as large as a pointer, and an int stands at its beginning: both architectures are little-endian.
    [LibraryImport(Library)]
    internal static partial int sigqueue(int pid, int sig, nint value);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint signal(int signum, nint handler);

    [LibraryImport(Library)]
    internal static partial int pthread_sigmask(int how, void* set, void* previous);
}
