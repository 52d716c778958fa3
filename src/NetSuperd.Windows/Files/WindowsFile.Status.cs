using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Files;

/// <content>The status.</content>
internal sealed unsafe partial class WindowsFile
{
    /// <summary>The status of an open file, and whether it is a folder or a link to one.</summary>
    /// <remarks>Owner, group and mode are those of Linux: an access control list takes their place.</remarks>
    /// <exception cref="CallException">The system does not tell.</exception>
    public static (FileStatus Status, bool IsOfFolder) StatusOf(SafeHandle handle, string path)
    {
        Kernel32.StandardInfo standard;
        Kernel32.TagInfo attributes;
        if (!Kernel32.GetFileInformationByHandleEx(handle, Kernel32.FileStandardInfo, &standard, (uint)sizeof(Kernel32.StandardInfo))
            || !Kernel32.GetFileInformationByHandleEx(handle, Kernel32.FileAttributeTagInfo, &attributes, (uint)sizeof(Kernel32.TagInfo)))
        {
            throw FileFailure.Of("GetFileInformationByHandleEx", path, Marshal.GetLastPInvokeError());
        }

        var isLink = (attributes.FileAttributes & Kernel32.FILE_ATTRIBUTE_REPARSE_POINT) != 0
            && (attributes.ReparseTag & NameSurrogate) != 0;
        var isOfFolder = (attributes.FileAttributes & Kernel32.FILE_ATTRIBUTE_DIRECTORY) != 0;
        var type = isLink ? FileType.SymbolicLink
            : isOfFolder ? FileType.Directory
            : Kernel32.GetFileType(handle) == Kernel32.FILE_TYPE_DISK ? FileType.Regular
            : FileType.Unknown;
        var size = (ulong)Math.Max(0, standard.EndOfFile);
        return (
            new FileStatus(IdentityOf(handle, path), 0, 0, UnixFileMode.None, type, standard.NumberOfLinks, size),
            isOfFolder);
    }

    /// <summary>The serial number of the volume, and the number of the file on it: 128 bits on ReFS, 64 on the others.</summary>
    private static FileId IdentityOf(SafeHandle handle, string path)
    {
        Kernel32.IdInfo id;
        if (Kernel32.GetFileInformationByHandleEx(handle, Kernel32.FileIdInfo, &id, (uint)sizeof(Kernel32.IdInfo)))
        {
            return new FileId(id.VolumeSerialNumber, id.Low, id.High);
        }

        // File systems such as FAT do not have it (FILE_ID_INFO, remarks).
        Kernel32.HandleInfo known;
        return Kernel32.GetFileInformationByHandle(handle, &known)
            ? new FileId(known.dwVolumeSerialNumber, ((ulong)known.nFileIndexHigh << 32) | known.nFileIndexLow)
            : throw FileFailure.Of("GetFileInformationByHandle", path, Marshal.GetLastPInvokeError());
    }
}
