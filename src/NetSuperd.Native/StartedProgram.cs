using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The program of this process, by the path under which it was started.</summary>
public static class StartedProgram
{
    /// <summary>
    /// The absolute path, with its symbolic links; null where it is not known. A restart follows such a link to the program that it leads
    /// to by then. <see cref="Environment.ProcessPath"/> has every link resolved, and stands in where the kernel's path is another file's,
    /// as under an emulator. Read it before the working directory changes.
    /// </summary>
    public static string? Path { get; } = Executed() ?? Environment.ProcessPath;

    // What execve(2) got, getauxval(3).
    private static string? Executed() =>
        Environment.ProcessPath is { } resolved
        && Marshal.PtrToStringUTF8(Libc.getauxval((nuint)Libc.AT_EXECFN)) is { Length: > 0 } executed
        && System.IO.Path.GetFullPath(executed) is var path
        && FileStatus.Of(path) is { } started && FileStatus.Of(resolved) is { } own && started.Is(own)
            ? path
            : null;
}
