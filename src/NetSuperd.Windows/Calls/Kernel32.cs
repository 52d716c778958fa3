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

    private const string Library = "kernel32";

    /// <summary>OVERLAPPED_ENTRY of minwinbase.h.</summary>
    internal struct CompletionEntry
    {
        public nuint lpCompletionKey;
        public void* lpOverlapped;
        public nuint Internal;
        public uint dwNumberOfBytesTransferred;
    }

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CloseHandle(nint handle);

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
