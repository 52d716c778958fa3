namespace NetSuperd.Native;

/// <summary>Descriptors 0, 1 and 2, which the parent process may have closed.</summary>
/// <remarks>
/// The next file that is opened would get a free number: a pipe of the runtime, or a client's socket, which would then receive messages for
/// standard error. When Main starts, the runtime has already taken some; its descriptors are close-on-exec, which an inherited one never
/// is. Replacing those would break the runtime, so the program is executed once more, this time with /dev/null in their place.
/// </remarks>
public static class StandardDescriptors
{
    private const int Count = Libc.STDERR_FILENO + 1;

    /// <summary>
    /// Makes sure that all three come from the parent or are /dev/null. Where one is missing, the program is executed again and this does
    /// not return.
    /// </summary>
    public static void Ensure()
    {
        var missing = Enumerable.Range(0, Count).Where(IsMissing).ToArray();
        if (missing.Length > 0 && StartedProgram.Path is { } program && ProcessArguments.Read() is { Count: > 0 } arguments)
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
