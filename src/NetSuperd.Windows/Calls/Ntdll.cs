using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Calls;

/// <summary>
/// ntdll.dll: the calls to the driver of sockets, <c>\Device\Afd</c>. Microsoft documents the calls (winternl.h) but not the driver; mio,
/// libuv and wepoll, and so Rust and Node, ask it in the same way.
/// </summary>
internal static unsafe partial class Ntdll
{
    public const int STATUS_SUCCESS = 0;
    public const int STATUS_PENDING = 0x103;
    public const int STATUS_CANCELLED = unchecked((int)0xC0000120);
    public const uint SYNCHRONIZE = 0x00100000;
    public const uint FILE_SHARE_READ = 1;
    public const uint FILE_SHARE_WRITE = 2;
    public const uint FILE_OPEN = 1;
    public const uint IOCTL_AFD_POLL = 0x00012024;

    // What a socket is polled for.
    public const uint AFD_POLL_RECEIVE = 0x1;
    public const uint AFD_POLL_RECEIVE_EXPEDITED = 0x2;
    public const uint AFD_POLL_SEND = 0x4;
    public const uint AFD_POLL_DISCONNECT = 0x8;
    public const uint AFD_POLL_ABORT = 0x10;
    public const uint AFD_POLL_LOCAL_CLOSE = 0x20;
    public const uint AFD_POLL_ACCEPT = 0x80;
    public const uint AFD_POLL_CONNECT_FAIL = 0x100;

    private const string Library = "ntdll";

    /// <summary>UNICODE_STRING: lengths in bytes.</summary>
    internal struct Text
    {
        public ushort Length;
        public ushort MaximumLength;
        public char* Buffer;
    }

    /// <summary>OBJECT_ATTRIBUTES. Without OBJ_INHERIT in <c>Attributes</c> no child inherits the handle.</summary>
    internal struct ObjectAttributes
    {
        public uint Length;
        public nint RootDirectory;
        public Text* ObjectName;
        public uint Attributes;
        public nint SecurityDescriptor;
        public nint SecurityQualityOfService;
    }

    /// <summary>IO_STATUS_BLOCK: the system writes to it when the operation ends.</summary>
    internal struct IoStatus
    {
        public nint Status;
        public nuint Information;
    }

    /// <summary>AFD_POLL_INFO with one AFD_POLL_HANDLE_INFO.</summary>
    internal struct PollInfo
    {
        public long Timeout;
        public uint NumberOfHandles;
        public uint Exclusive;
        public nint Handle;
        public uint Events;
        public int Status;
    }

    [LibraryImport(Library)]
    internal static partial int NtCreateFile(
        nint* handle, uint access, ObjectAttributes* attributes, IoStatus* status, long* size, uint fileAttributes, uint share,
        uint disposition, uint options, void* extended, uint extendedLength);

    [LibraryImport(Library)]
    internal static partial int NtDeviceIoControlFile(
        SafeHandle file, nint wake, nint apc, void* context, IoStatus* status, uint code, void* input, uint inputLength, void* output,
        uint outputLength);

    [LibraryImport(Library)]
    internal static partial int NtCancelIoFileEx(SafeHandle file, IoStatus* operation, IoStatus* status);

    [LibraryImport(Library)]
    internal static partial int RtlNtStatusToDosError(int status);
}
