using Microsoft.Win32.SafeHandles;

namespace NetSuperd.Native;

/// <summary>A descriptor that is owned: an epoll set, an event, one end of a pipe, a process.</summary>
public sealed class Descriptor : SafeHandleZeroOrMinusOneIsInvalid
{
    internal Descriptor(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>Gives it away: whoever gets the number closes it.</summary>
    internal nint Release()
    {
        var released = handle;
        SetHandleAsInvalid();
        return released;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
