using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Calls;

/// <summary>Files and folders by handle (ntifs.h, winternl.h, winnt.h).</summary>
internal static unsafe partial class Ntdll
{
    public const uint OBJ_CASE_INSENSITIVE = 0x40;
    public const uint FILE_SHARE_DELETE = 4;
    public const uint FILE_CREATE = 2;

    public const uint FILE_DIRECTORY_FILE = 0x1;
    public const uint FILE_SYNCHRONOUS_IO_NONALERT = 0x20;
    public const uint FILE_NON_DIRECTORY_FILE = 0x40;
    public const uint FILE_OPEN_REPARSE_POINT = 0x200000;

    public const uint FILE_READ_DATA = 0x1;
    public const uint FILE_WRITE_DATA = 0x2;
    public const uint FILE_APPEND_DATA = 0x4;
    public const uint FILE_WRITE_EA = 0x10;
    public const uint FILE_TRAVERSE = 0x20;
    public const uint FILE_DELETE_CHILD = 0x40;
    public const uint FILE_READ_ATTRIBUTES = 0x80;
    public const uint FILE_WRITE_ATTRIBUTES = 0x100;
    public const uint DELETE = 0x10000;
    public const uint READ_CONTROL = 0x20000;
    public const uint WRITE_DAC = 0x40000;
    public const uint WRITE_OWNER = 0x80000;
    public const uint GENERIC_ALL = 0x10000000;
    public const uint GENERIC_WRITE = 0x40000000;
    public const uint GENERIC_READ = 0x80000000;

    public const uint OWNER_SECURITY_INFORMATION = 1;
    public const uint DACL_SECURITY_INFORMATION = 4;
    public const int STATUS_BUFFER_TOO_SMALL = unchecked((int)0xC0000023);

    public const int FileRenameInformation = 10;
    public const int FileDispositionInformation = 13;

    /// <summary>The head of FILE_RENAME_INFORMATION, which the new name follows.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Rename
    {
        public ulong ReplaceIfExists;
        public nint RootDirectory;
        public uint FileNameLength;
    }

    [LibraryImport(Library)]
    internal static partial int NtQuerySecurityObject(SafeHandle handle, uint what, void* descriptor, uint length, uint* needed);

    [LibraryImport(Library)]
    internal static partial int NtSetInformationFile(SafeHandle file, IoStatus* status, void* information, uint length, int what);
}
