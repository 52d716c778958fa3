using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Asks for the status of files (statx(2)), symbolic links followed.</summary>
public static class FileLookup
{
    extension(FileStatus)
    {
        /// <summary>The status of a file; null where it is not there or may not be looked up.</summary>
        public static FileStatus? Of(string path)
        {
            // A path with NUL would be cut there, and name another file.
            return path.Contains('\0', StringComparison.Ordinal)
                || Libc.statx(Libc.AT_FDCWD, path, 0, Libc.STATX_BASIC_STATS, out var found) != 0
                ? null
                : From(found);
        }

        /// <summary>
        /// The status of an open file; of a socket the number by which the kernel lists it (sock_diag(7), proc(5)). Null on failure.
        /// </summary>
        public static FileStatus? Of(SafeHandle descriptor) =>
            Libc.statx(descriptor, "", Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, out var found) != 0 ? null : From(found);

        /// <summary>Whether this process may execute the file, by its effective ids as execve(2) will use them (access(2)).</summary>
        public static bool IsExecutable(string path) =>
            !path.Contains('\0', StringComparison.Ordinal) && Libc.faccessat(Libc.AT_FDCWD, path, Libc.X_OK, Libc.AT_EACCESS) == 0;
    }

    private static FileStatus From(in Libc.Statx found) => new(
        new FileId(((ulong)found.stx_dev_major << 32) | found.stx_dev_minor, found.stx_ino),
        found.stx_uid,
        found.stx_gid,
        (UnixFileMode)(found.stx_mode & ~Libc.S_IFMT),
        (FileType)(found.stx_mode & Libc.S_IFMT),
        found.stx_nlink,
        found.stx_size);
}
