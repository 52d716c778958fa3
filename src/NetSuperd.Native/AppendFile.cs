using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetSuperd.Native;

/// <summary>
/// A file that is written at its end only. O_APPEND makes that the end of the moment (open(2)): a file that somebody cuts, as logrotate(8)
/// does with <c>copytruncate</c>, or that another process writes too, has no holes and no line over another. <see cref="FileMode.Append"/>
/// seeks instead, once.
/// </summary>
public static class AppendFile
{
    /// <summary>Opens the file; makes it where it is missing, with exactly the permissions given, whatever the mask of the process.</summary>
    /// <exception cref="LibcException">open(2) or fchmod(2) failed.</exception>
    public static SafeFileHandle Open(string path, UnixFileMode mode)
    {
        const int Flags = Libc.O_WRONLY | Libc.O_APPEND | Libc.O_CREAT | Libc.O_CLOEXEC;
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new LibcException("open", path, Errno.EINVAL);
        }

        var made = Libc.open(path, Flags | Libc.O_EXCL, (uint)mode);
        if (made >= 0)
        {
            var file = new SafeFileHandle(made, ownsHandle: true);
            if (Libc.fchmod(file, (uint)mode) < 0)
            {
                using (file)
                {
                    throw LibcException.Last("fchmod", path);
                }
            }

            return file;
        }

        if ((Errno)Marshal.GetLastPInvokeError() is not Errno.EEXIST)
        {
            throw LibcException.Last("open", path);
        }

        // Still with O_CREAT: what is there may be a symbolic link to a file that is not.
        var fd = Libc.open(path, Flags, (uint)mode);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LibcException.Last("open", path);
    }
}
