using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// A file that exists in memory only (memfd_create(2)): a mapping of a library's copy there does not see the library change.
/// </summary>
public sealed class MemoryFile : FileCopy
{
    private readonly SafeFileHandle _handle;

    private MemoryFile(SafeFileHandle handle) => _handle = handle;

    /// <inheritdoc/>
    public override string Path => $"/proc/self/fd/{_handle.DangerousGetHandle()}";

    /// <summary>Makes a file with this content.</summary>
    /// <param name="name">What <c>/proc/PID/maps</c> calls it.</param>
    /// <param name="content">The bytes.</param>
    /// <exception cref="CallException">memfd_create(2) failed.</exception>
    /// <exception cref="IOException">The bytes could not be written.</exception>
    public static MemoryFile Create(string name, ReadOnlySpan<byte> content)
    {
        var fd = Libc.memfd_create(name, Libc.MFD_CLOEXEC);
        if (fd < 0)
        {
            throw Libc.Failure("memfd_create", name);
        }

        var handle = new SafeFileHandle(fd, ownsHandle: true);
        try
        {
            RandomAccess.Write(handle, content, 0);
            return new MemoryFile(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _handle.Dispose();
}
