using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// poll.h
internal static unsafe partial class Libc
{
    public const short POLLIN = 1;
    public const short POLLOUT = 4;
    public const short POLLHUP = 0x10;
    public const short POLLRDHUP = 0x2000;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int poll(PollDescriptor* fds, nuint nfds, int timeout);

    /// <summary>struct pollfd of poll(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int fd;
        public short events;
        public short revents;
    }
}
