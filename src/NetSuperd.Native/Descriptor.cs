using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>An owned descriptor: an epoll set, an event, one end of a pipe, a process, an inherited socket.</summary>
public sealed class Descriptor : SafeHandleZeroOrMinusOneIsInvalid
{
    internal Descriptor(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>A second descriptor of the same open file, close-on-exec (fcntl(2), F_DUPFD_CLOEXEC).</summary>
    /// <exception cref="CallException">fcntl(2) failed: no descriptor was free.</exception>
    public static Descriptor Duplicate(SafeHandle descriptor)
    {
        var fd = Libc.fcntl(descriptor, Libc.F_DUPFD_CLOEXEC, 0);
        return fd >= 0 ? new Descriptor(fd) : throw Libc.Failure("fcntl", "F_DUPFD_CLOEXEC");
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
