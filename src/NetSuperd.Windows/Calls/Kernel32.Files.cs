using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetSuperd.Windows.Calls;

/// <summary>Files by handle (winbase.h, fileapi.h).</summary>
internal static unsafe partial class Kernel32
{
    public const int FileStandardInfo = 1;
    public const int FileAttributeTagInfo = 9;
    public const int FileIdInfo = 18;
    public const uint FSCTL_GET_REPARSE_POINT = 0x900A8;
    public const int MAXIMUM_REPARSE_DATA_BUFFER_SIZE = 16 * 1024;
    public const uint FILE_ATTRIBUTE_DIRECTORY = 0x10;
    public const uint FILE_ATTRIBUTE_REPARSE_POINT = 0x400;

    // Both are flags of CreateFileW; here for ReOpenFile.
    public const uint FILE_FLAG_BACKUP_SEMANTICS = 0x02000000;

    public const uint FILE_TYPE_DISK = 1;

    /// <summary>FILE_STANDARD_INFO.</summary>
    internal struct StandardInfo
    {
        public long AllocationSize;
        public long EndOfFile;
        public uint NumberOfLinks;
        public byte DeletePending;
        public byte Directory;
    }

    /// <summary>FILE_ATTRIBUTE_TAG_INFO.</summary>
    internal struct TagInfo
    {
        public uint FileAttributes;
        public uint ReparseTag;
    }

    /// <summary>FILE_ID_INFO.</summary>
    internal struct IdInfo
    {
        public ulong VolumeSerialNumber;
        public ulong Low;
        public ulong High;
    }

    /// <summary>BY_HANDLE_FILE_INFORMATION; the times are pairs of 32 bits.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    internal struct HandleInfo
    {
        public uint dwFileAttributes;
        public ulong ftCreationTime;
        public ulong ftLastAccessTime;
        public ulong ftLastWriteTime;
        public uint dwVolumeSerialNumber;
        public uint nFileSizeHigh;
        public uint nFileSizeLow;
        public uint nNumberOfLinks;
        public uint nFileIndexHigh;
        public uint nFileIndexLow;
    }

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetFileInformationByHandleEx(SafeHandle file, int what, void* information, uint length);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetFileInformationByHandle(SafeHandle file, HandleInfo* information);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial uint GetFinalPathNameByHandleW(SafeHandle file, char* path, uint length, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial SafeFileHandle ReOpenFile(SafeHandle original, uint access, uint share, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial uint GetFileType(SafeHandle file);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool DeviceIoControl(
        SafeHandle device, uint code, void* input, uint inputLength, void* output, uint outputLength, uint* returned, void* overlapped);
}
