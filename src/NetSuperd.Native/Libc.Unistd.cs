using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// unistd.h, and renameat of stdio.h
internal static unsafe partial class Libc
{
    public const int X_OK = 1;
    public const int STDOUT_FILENO = 1;
    public const int STDERR_FILENO = 2;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport(Library)]
    internal static partial int dup2(int fd, int newfd);

    [LibraryImport(Library)]
    internal static partial void _exit(int status);

    [LibraryImport(Library)]
    internal static partial int execv(byte* path, byte** argv);

    [LibraryImport(Library)]
    internal static partial int getppid();

    [LibraryImport(Library)]
    internal static partial int gettid();

    [LibraryImport(Library)]
    internal static partial uint geteuid();

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int pipe2(int* fds, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint read(SafeHandle fd, byte* buffer, nint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(SafeHandle fd, byte* buffer, nint count);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint readlinkat(SafeHandle folder, string path, byte* buffer, nint size);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int unlinkat(SafeHandle folder, string path, int flags);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int renameat(SafeHandle folder, string path, SafeHandle newFolder, string newPath);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int faccessat(int dirfd, string pathname, int mode, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchown(SafeHandle fd, uint owner, uint group);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int fchownat(SafeHandle folder, string path, uint owner, uint group, int flags);
}
