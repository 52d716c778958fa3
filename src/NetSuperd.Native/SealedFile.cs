using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// A sealed file in memory (memfd_create(2)), which hands a text of any length to another process without waiting for the reader.
/// </summary>
public static class SealedFile
{
    /// <summary>Makes a file that can no longer be changed.</summary>
    /// <exception cref="CallException">There is no descriptor or no memory for it.</exception>
    public static unsafe Descriptor Create(ReadOnlySpan<byte> content)
    {
        var fd = Libc.memfd_create("netsuperd", Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        var file = fd >= 0 ? new Descriptor(fd) : throw Libc.Failure("memfd_create", "netsuperd");
        try
        {
            while (content.Length > 0)
            {
                fixed (byte* start = content)
                {
                    var count = Libc.write(file, start, content.Length);
                    content = count >= 0 ? content[(int)count..]
                        : (Errno)Marshal.GetLastPInvokeError() == Errno.EINTR ? content
                        : throw Libc.Failure("write", "memfd");
                }
            }

            return Libc.fcntl(file, Libc.F_ADD_SEALS, Libc.F_SEAL_SEAL | Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW | Libc.F_SEAL_WRITE) == 0
                ? file : throw Libc.Failure("fcntl", "F_ADD_SEALS");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads one from its beginning.</summary>
    /// <exception cref="IOException">It is no file.</exception>
    public static byte[] Read(SafeHandle file)
    {
        using var handle = new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false);
        var content = new byte[RandomAccess.GetLength(handle)];
        var length = 0;
        while (length < content.Length && RandomAccess.Read(handle, content.AsSpan(length), length) is > 0 and var count)
        {
            length += count;
        }

        return content[..length];
    }
}
