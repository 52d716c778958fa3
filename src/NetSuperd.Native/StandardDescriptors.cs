namespace NetSuperd.Native;

/// <summary>Descriptors 0, 1 and 2, which the parent process may have closed.</summary>
/// <remarks>
/// A number that is free goes to whatever is opened next: to a pipe of the runtime, to a client's socket, and then the message on standard
/// error goes there. At the start of Main the runtime has already taken some; its own are close-on-exec, which none is that came through
/// exec. Putting another file in their place would break the runtime, so the program is executed once more, this time with /dev/null there.
/// </remarks>
public static class StandardDescriptors
{
    private const int Count = Libc.STDERR_FILENO + 1;

    /// <summary>Makes sure that all three are what the parent gave or /dev/null. Does not return where one is missing.</summary>
    public static void Ensure()
    {
        var missing = Enumerable.Range(0, Count).Where(IsMissing).ToArray();
        if (missing.Length > 0 && Environment.ProcessPath is { } program && ProcessArguments.Read() is { Count: > 0 } arguments)
        {
            Execute(program, arguments, missing);
        }
    }

    private static bool IsMissing(int fd)
    {
        var flags = Libc.fcntl(fd, Libc.F_GETFD, 0);
        return flags < 0 || (flags & Libc.FD_CLOEXEC) != 0;
    }

    private static void Execute(string program, IReadOnlyList<byte[]> arguments, int[] missing)
    {
        var opened = Libc.open("/dev/null", Libc.O_RDWR | Libc.O_CLOEXEC, 0);
        var nothing = Libc.fcntl(opened, Libc.F_DUPFD_CLOEXEC, Count);
        if (nothing < 0)
        {
            // No /dev/null, or no descriptors: the descriptor stays closed.
            return;
        }

        foreach (var fd in missing)
        {
            _ = Libc.dup2(nothing, fd);
        }

        ProcessArguments.Execute(program, arguments);
    }
}
