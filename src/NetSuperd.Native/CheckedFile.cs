using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Files of the daemon, by paths that are walked and judged at every use (<see cref="CheckedPath"/>).</summary>
public static class CheckedFile
{
    private const int MostTries = 3;

    /// <summary>
    /// Opens a file for writing at its end; creates it where it is missing, with exactly the given permissions, whatever the umask. A
    /// symbolic link is followed where only root and the daemon's user could have made it.
    /// </summary>
    /// <exception cref="UntrustedPathException">Another user could change what the path leads to.</exception>
    /// <exception cref="IOException">
    /// The object there is neither a regular file nor a character device such as /dev/null or a terminal.
    /// </exception>
    /// <exception cref="CallException">A call failed.</exception>
    public static SafeFileHandle Append(string path, UnixFileMode mode)
    {
        for (var tries = 1; ; tries++)
        {
            using var target = CheckedPath.Open(path);
            if (target.File is { } file)
            {
                // Opening a FIFO that no process reads would block for ever.
                return file.Status.Type is FileType.Regular or FileType.CharacterDevice ? file.OpenToAppend()
                    : throw new IOException($"{file.Path} is not a regular file");
            }

            try
            {
                return target.Folder.CreateFile(target.Name, mode);
            }
            catch (CallException taken) when (taken.Errno == Errno.EEXIST && tries < MostTries)
            {
                // Another process has just created it.
                continue;
            }
        }
    }

    /// <summary>Removes a regular file in which nothing has been written; it stays where that is not allowed.</summary>
    public static void RemoveEmpty(string path)
    {
        try
        {
            using var target = CheckedPath.Open(path, followLast: false);
            if (target.File?.Status is { Type: FileType.Regular, Size: 0 })
            {
                target.Folder.Remove(target.Name);
            }
        }
        catch (Exception failure) when (failure is CallException or UntrustedPathException)
        {
            // The empty file stays.
            return;
        }
    }
}
