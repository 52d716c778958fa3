using System.Runtime.InteropServices;

namespace NetSuperd.Native;

// sys/socket.h, sys/uio.h: messages and their headers
internal static unsafe partial class Libc
{
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint send(SafeHandle socket, void* buffer, nint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint sendmsg(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint recv(SafeHandle socket, void* buffer, nint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint recvmsg(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int recvmmsg(SafeHandle socket, MultiMessage* messages, uint count, int flags, TimeSpec* timeout);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sendmmsg(SafeHandle socket, MultiMessage* messages, uint count, int flags);

    [StructLayout(LayoutKind.Sequential)]
    internal struct Part
    {
        public void* iov_base;
        public nint iov_len;
    }

    /// <summary>struct msghdr of recvmsg(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        public void* msg_name;
        public uint msg_namelen;
        public void* msg_iov;
        public nint msg_iovlen;
        public void* msg_control;
        public nint msg_controllen;
        public int msg_flags;
    }

    /// <summary>struct mmsghdr of recvmmsg(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MultiMessage
    {
        public MessageHeader msg_hdr;
        public uint msg_len;
    }

    /// <summary>struct cmsghdr of cmsg(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ControlHeader
    {
        public nint cmsg_len;
        public int cmsg_level;
        public int cmsg_type;
    }
}
