using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Windows.Calls;

/// <summary>
/// ws2_32.dll, Winsock: every signature once, names and constants spelt as in winsock2.h, ws2ipdef.h and mstcpip.h. Winsock keeps its last
/// error where the system keeps its own (WSAGetLastError), so the runtime reads both alike.
/// </summary>
internal static unsafe partial class Ws2
{
    public const int AF_INET = 2;
    public const int AF_INET6 = 23;
    public const int SOCK_STREAM = 1;
    public const int SOL_SOCKET = 0xFFFF;
    public const int SO_LINGER = 0x80;
    public const int SO_ERROR = 0x1007;
    public const int SO_BROADCAST = 0x20;
    public const int IPPROTO_IP = 0;
    public const int IPPROTO_TCP = 6;
    public const int IPPROTO_IPV6 = 41;
    public const int IP_PKTINFO = 19;
    public const int IP_TTL = 4;
    public const int IPV6_PKTINFO = 19;
    public const int IPV6_UNICAST_HOPS = 4;
    public const int TCP_NODELAY = 1;
    public const int SOCKET_ERROR = -1;
    public const nint INVALID_SOCKET = -1;
    public const int SD_SEND = 1;
    public const int SD_BOTH = 2;
    public const int MSG_PEEK = 2;
    public const uint MSG_TRUNC = 0x100;
    public const uint MSG_BCAST = 0x400;
    public const uint MSG_MCAST = 0x800;
    public const uint WSA_FLAG_OVERLAPPED = 1;
    public const uint WSA_FLAG_NO_HANDLE_INHERIT = 0x80;
    public const int FIONBIO = unchecked((int)0x8004667E);
    public const uint SIO_GET_EXTENSION_FUNCTION_POINTER = 0xC8000006;
    public const uint SIO_BASE_HANDLE = 0x48000022;
    public const uint SIO_BSP_HANDLE_POLL = 0x4800001D;
    public const uint SIO_TCP_INFO = 0xD8000027;
    public const int SIO_UDP_CONNRESET = unchecked((int)0x9800000C);
    public const int SIO_UDP_NETRESET = unchecked((int)0x9800000F);
    public const short POLLERR = 1;
    public const short POLLHUP = 2;
    public const short POLLNVAL = 4;
    public const short POLLRDNORM = 0x100;
    public const int WSA_IO_PENDING = 997;

    // Of struct sockaddr_storage.
    public const int SizeOfAnyAddress = 128;

    private const string Library = "ws2_32";

    /// <summary>The exception for a call that has just failed.</summary>
    public static CallException Failure(string call, string argument) => new(call, argument, LastErrno());

    /// <summary>Why the call that has just failed has done so.</summary>
    public static Errno LastErrno() => WinsockError.Errno(Marshal.GetLastPInvokeError());

    /// <summary>struct linger: two numbers of 16 bits, unlike Linux.</summary>
    internal struct Linger
    {
        public ushort l_onoff;
        public ushort l_linger;
    }

    /// <summary>WSABUF.</summary>
    internal struct Part
    {
        public uint len;
        public void* buf;
    }

    /// <summary>WSAMSG.</summary>
    internal struct Message
    {
        public void* name;
        public int namelen;
        public Part* lpBuffers;
        public uint dwBufferCount;
        public Part Control;
        public uint dwFlags;
    }

    /// <summary>WSACMSGHDR; its data follows at the next multiple of 8.</summary>
    internal struct ControlHeader
    {
        public nuint cmsg_len;
        public int cmsg_level;
        public int cmsg_type;
    }

    /// <summary>WSAPOLLFD.</summary>
    internal struct PollDescriptor
    {
        public nint fd;
        public short events;
        public short revents;
    }

    [LibraryImport(Library)]
    internal static partial int WSAStartup(ushort version, byte* data);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint WSASocketW(int family, int type, int protocol, void* info, uint group, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint accept(SafeHandle socket, void* address, int* length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int bind(SafeHandle socket, byte* address, int length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int connect(SafeHandle socket, byte* address, int length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int closesocket(nint socket);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int shutdown(SafeHandle socket, int how);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int shutdown(nint socket, int how);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int recv(SafeHandle socket, byte* buffer, int length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int send(SafeHandle socket, byte* buffer, int length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getpeername(SafeHandle socket, byte* address, int* length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getsockname(SafeHandle socket, byte* address, int* length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getsockopt(SafeHandle socket, int level, int name, void* value, int* length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setsockopt(SafeHandle socket, int level, int name, void* value, int length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctlsocket(SafeHandle socket, int command, uint* argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int WSAIoctl(
        SafeHandle socket, uint code, void* input, uint inputLength, void* output, uint outputLength, uint* returned, void* overlapped,
        void* routine);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int WSARecv(
        SafeHandle socket, Part* buffers, uint count, uint* received, uint* flags, void* overlapped, void* routine);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool WSAGetOverlappedResult(SafeHandle socket, void* overlapped, uint* bytes, int wait, uint* flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int WSASendMsg(SafeHandle socket, Message* message, uint flags, uint* sent, void* overlapped, void* routine);

    /// <summary>For a function that was called by its pointer: the runtime does not keep its error.</summary>
    [LibraryImport(Library)]
    internal static partial int WSAGetLastError();

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int WSAPoll(PollDescriptor* descriptors, uint count, int milliseconds);
}
