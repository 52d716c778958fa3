using System.Globalization;
using System.Text;

namespace NetSuperd.Native;

/// <summary>
/// A file below another root directory, looked up as a process in there would: symbolic links and <c>..</c> do not lead out (openat2(2),
/// RESOLVE_IN_ROOT).
/// </summary>
public sealed class RootedPath : IDisposable
{

    private readonly Descriptor _file;

    private RootedPath(Descriptor file) => _file = file;

    /// <summary>A path to the file from outside, as long as this object lives.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_file.DangerousGetHandle()}");

    /// <summary>Finds a file; null where it is not there or may not be looked up.</summary>
    /// <param name="root">The root directory.</param>
    /// <param name="path">The absolute path as it is inside.</param>
    public static RootedPath? Open(string root, string path)
    {
        using var folder = Open(Libc.AT_FDCWD, root, 0);
        return folder is not null && Open((int)folder.DangerousGetHandle(), path, Libc.RESOLVE_IN_ROOT) is { } file
            ? new RootedPath(file)
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static unsafe Descriptor? Open(int folder, string path, ulong resolve)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        // struct open_how of openat2(2): flags, mode, resolve.
        var how = stackalloc ulong[] { Libc.O_PATH | Libc.O_CLOEXEC, 0, resolve };
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            var fd = (int)Libc.syscall(Libc.SYS_openat2, folder, name, how, 3 * sizeof(ulong));
            return fd < 0 ? null : new Descriptor(fd);
        }
    }
}
