using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Calls;

/// <summary>
/// kernel32.dll: every signature once, names and constants spelt as in the headers. Callers pass handles as SafeHandles, which keeps one
/// from being closed, and its number from being given to another object, while a call uses it.
/// </summary>
internal static unsafe partial class Kernel32
{
    public const uint HANDLE_FLAG_INHERIT = 1;
    public const uint INFINITE = 0xFFFFFFFF;
    public const byte FILE_SKIP_SET_EVENT_ON_HANDLE = 2;
    public const int WAIT_TIMEOUT = 258;
    public const nint INVALID_HANDLE_VALUE = -1;

    public const uint PROCESS_SYNCHRONIZE = 0x00100000;
    public const uint GENERIC_READ = 0x80000000;
    public const uint GENERIC_WRITE = 0x40000000;
    public const uint OPEN_EXISTING = 3;
    public const uint FILE_FLAG_OVERLAPPED = 0x40000000;
    public const uint FILE_FLAG_FIRST_PIPE_INSTANCE = 0x00080000;
    public const uint SECURITY_SQOS_PRESENT = 0x00100000;
    public const uint SECURITY_IDENTIFICATION = 0x00010000;
    public const uint PIPE_ACCESS_DUPLEX = 3;
    public const uint PIPE_REJECT_REMOTE_CLIENTS = 8;
    public const uint PIPE_UNLIMITED_INSTANCES = 255;
    public const int ERROR_FILE_NOT_FOUND = 2;
    public const int ERROR_ACCESS_DENIED = 5;
    public const int ERROR_INVALID_PARAMETER = 87;
    public const int ERROR_PIPE_BUSY = 231;

    private const string Library = "kernel32";

    /// <summary>OVERLAPPED_ENTRY of minwinbase.h.</summary>
    internal struct CompletionEntry
    {
        public nuint lpCompletionKey;
        public void* lpOverlapped;
        public nuint Internal;
        public uint dwNumberOfBytesTransferred;
    }

    /// <summary>SECURITY_ATTRIBUTES of minwinbase.h.</summary>
    internal struct SecurityAttributes
    {
        public uint nLength;
        public void* lpSecurityDescriptor;
        public int bInheritHandle;
    }

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CloseHandle(nint handle);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    internal static partial nint CreateFileW(
        string name, uint access, uint share, SecurityAttributes* security, uint disposition, uint flags, nint template);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    internal static partial nint CreateNamedPipeW(
        string name, uint openMode, uint pipeMode, uint instances, uint outBytes, uint inBytes, uint milliseconds,
        SecurityAttributes* security);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool WaitNamedPipeW(string name, uint milliseconds);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetNamedPipeClientProcessId(SafeHandle pipe, uint* process);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetNamedPipeServerProcessId(SafeHandle pipe, uint* process);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint OpenProcess(uint access, int inherit, uint process);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool K32EnumProcesses(uint* processes, uint bytes, uint* needed);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint CreateIoCompletionPort(nint file, nint port, nuint key, uint threads);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint CreateIoCompletionPort(SafeHandle file, SafeHandle port, nuint key, uint threads);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetQueuedCompletionStatusEx(
        SafeHandle port, CompletionEntry* entries, uint count, uint* removed, uint milliseconds, int alertable);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool PostQueuedCompletionStatus(SafeHandle port, uint bytes, nuint key, void* overlapped);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool SetFileCompletionNotificationModes(SafeHandle file, byte flags);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CancelIoEx(SafeHandle file, void* overlapped);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool SetHandleInformation(SafeHandle handle, uint mask, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetHandleInformation(SafeHandle handle, uint* flags);

    [LibraryImport(Library)]
    internal static partial nint GetCurrentProcess();

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetProcessHandleCount(nint process, uint* count);
}
