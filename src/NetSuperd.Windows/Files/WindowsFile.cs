using System.Runtime.InteropServices;
using System.Security.AccessControl;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Files;

/// <summary>
/// A file, folder or link of Windows, held by a handle: its status, its access control list and what is read of it concern this object,
/// whatever another process puts at its path meanwhile. No link is followed.
/// </summary>
internal sealed unsafe partial class WindowsFile : HeldFile
{
    private const uint Shared = Ntdll.FILE_SHARE_READ | Ntdll.FILE_SHARE_WRITE | Ntdll.FILE_SHARE_DELETE;

    // Of the rights on it, those to look at it; to find a name in a folder is allowed to every user (SeChangeNotifyPrivilege).
    private const uint Looks = Ntdll.FILE_READ_ATTRIBUTES | Ntdll.READ_CONTROL | Ntdll.SYNCHRONIZE;

    // In the tag of every object that stands for another file (ntifs.h, IsReparseTagNameSurrogate).
    private const uint NameSurrogate = 0x20000000;

    private readonly SafeFileHandle _handle;

    private WindowsFile(string path, SafeFileHandle handle)
    {
        (Path, _handle) = (path, handle);
        try
        {
            (Status, IsOfFolder) = StatusOf(handle, path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override FileStatus Status { get; }

    /// <summary>Whether it is a folder or a link to one.</summary>
    public bool IsOfFolder { get; }

    /// <summary>The owner and the access control list.</summary>
    /// <exception cref="CallException">They may not be read.</exception>
    public RawSecurityDescriptor Access()
    {
        var buffer = new byte[1024];
        while (true)
        {
            fixed (byte* bytes = buffer)
            {
                uint needed = 0;
                var result = Ntdll.NtQuerySecurityObject(
                    _handle, Ntdll.OWNER_SECURITY_INFORMATION | Ntdll.DACL_SECURITY_INFORMATION, bytes, (uint)buffer.Length, &needed);
                if (result == Ntdll.STATUS_SUCCESS)
                {
                    return new RawSecurityDescriptor(buffer, 0);
                }

                if (result != Ntdll.STATUS_BUFFER_TOO_SMALL || needed <= buffer.Length)
                {
                    throw FileFailure.OfStatus("NtQuerySecurityObject", Path, result);
                }

                buffer = new byte[needed];
            }
        }
    }

    /// <summary>The root folder of a volume or of a share.</summary>
    /// <param name="root">Its name among the objects of the system, and the path that is shown.</param>
    /// <exception cref="CallException">There is no such volume.</exception>
    public static WindowsFile Root((string Object, string Path) root) =>
        new(root.Path, Open(null, root.Object, root.Path, Looks, Ntdll.FILE_OPEN, Ntdll.FILE_DIRECTORY_FILE));

    /// <summary>Finds a name in this folder; null where it is not there. Of a link the link itself is found.</summary>
    /// <exception cref="CallException">The system refuses it.</exception>
    public WindowsFile? Find(string name)
    {
        var path = PathOf(name);
        try
        {
            return new WindowsFile(path, Open(_handle, name, path, Looks, Ntdll.FILE_OPEN, Ntdll.FILE_OPEN_REPARSE_POINT));
        }
        catch (CallException failure) when (failure.Errno == Errno.ENOENT)
        {
            return null;
        }
    }

    /// <summary>Makes a file in this folder, and opens it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="rights">The rights of the handle.</param>
    /// <param name="access">The access to it, <see cref="Trustees.PrivateAccess"/>.</param>
    /// <exception cref="CallException">The system refuses it; EEXIST: the name is taken.</exception>
    public SafeFileHandle Create(string name, uint rights, byte[] access) =>
        Open(_handle, name, PathOf(name), rights | Ntdll.SYNCHRONIZE, Ntdll.FILE_CREATE, Ntdll.FILE_NON_DIRECTORY_FILE, access);

    /// <summary>Makes a folder in this one, and holds it.</summary>
    /// <inheritdoc cref="Create"/>
    public WindowsFile CreateFolder(string name, byte[] access) => new(
        PathOf(name), Open(_handle, name, PathOf(name), Looks, Ntdll.FILE_CREATE, Ntdll.FILE_DIRECTORY_FILE, access));

    /// <summary>The path of a name in this folder.</summary>
    public string PathOf(string name) => System.IO.Path.Join(Path, name);

    /// <inheritdoc/>
    public override SafeFileHandle OpenToRead() => Open(Ntdll.GENERIC_READ);

    /// <summary>Opens this file to write at its end: what another process has written meanwhile stays.</summary>
    /// <exception cref="CallException">The system refuses it.</exception>
    public SafeFileHandle OpenToAppend() => Open(Ntdll.FILE_APPEND_DATA | Ntdll.SYNCHRONIZE);

    /// <summary>Removes this file.</summary>
    /// <exception cref="CallException">The system refuses it.</exception>
    public void Remove()
    {
        using var file = Open(Ntdll.DELETE | Ntdll.SYNCHRONIZE);
        Remove(file, Path);
    }

    /// <summary>Removes an open file.</summary>
    /// <param name="file">A handle with the right to delete it.</param>
    /// <param name="path">Its path.</param>
    /// <exception cref="CallException">The system refuses it.</exception>
    public static void Remove(SafeFileHandle file, string path)
    {
        byte isRemoved = 1;
        Set(file, path, &isRemoved, sizeof(byte), Ntdll.FileDispositionInformation);
    }

    /// <summary>Gives an open file another name in this folder, in place of the one that has it.</summary>
    /// <param name="file">A handle with the right to delete it.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="CallException">The system refuses it.</exception>
    public void Rename(SafeFileHandle file, string name)
    {
        var head = sizeof(nint) + sizeof(nint) + sizeof(uint);
        var request = new byte[sizeof(Ntdll.Rename) + (sizeof(char) * name.Length)];
        fixed (byte* bytes = request)
        {
            *(Ntdll.Rename*)bytes = new Ntdll.Rename
            {
                ReplaceIfExists = 1, RootDirectory = _handle.DangerousGetHandle(), FileNameLength = (uint)(sizeof(char) * name.Length),
            };
            MemoryMarshal.AsBytes(name.AsSpan()).CopyTo(request.AsSpan(head));
            Set(file, PathOf(name), bytes, (uint)request.Length, Ntdll.FileRenameInformation);
        }

        GC.KeepAlive(_handle);
    }

    /// <summary>Where a link leads to; null: this is none.</summary>
    /// <exception cref="CallException">It leads to something that is no file, or cannot be read.</exception>
    public string? Target()
    {
        if (Status.Type != FileType.SymbolicLink)
        {
            return null;
        }

        var buffer = new byte[Kernel32.MAXIMUM_REPARSE_DATA_BUFFER_SIZE];
        fixed (byte* bytes = buffer)
        {
            uint length;
            if (!Kernel32.DeviceIoControl(
                _handle, Kernel32.FSCTL_GET_REPARSE_POINT, null, 0, bytes, (uint)buffer.Length, &length, null))
            {
                throw FileFailure.Of("DeviceIoControl", Path, Marshal.GetLastPInvokeError());
            }

            return LinkTarget.Of(buffer.AsSpan(0, (int)length), System.IO.Path.GetDirectoryName(Path) ?? Path)
                ?? throw new CallException("DeviceIoControl", Path, Errno.EINVAL);
        }
    }

    /// <summary>The name that the file system has for it; the spelling of a path may be another.</summary>
    public string? RealName() => System.IO.Path.GetFileName(PathOf(_handle));

    /// <summary>The path that the file system has for an open file; null where it does not tell.</summary>
    public static string? PathOf(SafeFileHandle file)
    {
        const string Verbatim = @"\\?\";
        var buffer = new char[short.MaxValue];
        fixed (char* path = buffer)
        {
            var length = Kernel32.GetFinalPathNameByHandleW(file, path, (uint)buffer.Length, 0);
            var text = length > 0 && length < buffer.Length ? new string(path, 0, (int)length) : null;
            return text?.StartsWith(Verbatim, StringComparison.Ordinal) == true ? text[Verbatim.Length..] : text;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _handle.Dispose();

    private SafeFileHandle Open(uint rights)
    {
        var file = Kernel32.ReOpenFile(_handle, rights | Ntdll.FILE_READ_ATTRIBUTES, Shared, 0);
        if (file.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            file.Dispose();
            throw FileFailure.Of("ReOpenFile", Path, error);
        }

        // Windows opens this object again; Wine opens what is at its path now.
        if (IdentityOf(file, Path) != Status.Id)
        {
            file.Dispose();
            throw new CallException("ReOpenFile", Path, Errno.ENOENT);
        }

        return file;
    }

    private static void Set(SafeHandle file, string path, void* information, uint length, int what)
    {
        Ntdll.IoStatus status;
        var result = Ntdll.NtSetInformationFile(file, &status, information, length, what);
        if (result != Ntdll.STATUS_SUCCESS)
        {
            throw FileFailure.OfStatus("NtSetInformationFile", path, result);
        }
    }

    private static SafeFileHandle Open(
        SafeFileHandle? folder, string name, string path, uint rights, uint disposition, uint options, byte[]? access = null)
    {
        nint handle;
        Ntdll.IoStatus status;
        int result;
        fixed (char* text = name)
        fixed (byte* descriptor = access)
        {
            var length = (ushort)(sizeof(char) * name.Length);
            var unicode = new Ntdll.Text { Length = length, MaximumLength = length, Buffer = text };
            var attributes = new Ntdll.ObjectAttributes
            {
                Length = (uint)sizeof(Ntdll.ObjectAttributes),
                RootDirectory = folder?.DangerousGetHandle() ?? 0,
                ObjectName = &unicode,
                Attributes = Ntdll.OBJ_CASE_INSENSITIVE,
                SecurityDescriptor = (nint)descriptor,
            };
            result = Ntdll.NtCreateFile(
                &handle, rights, &attributes, &status, null, 0, Shared, disposition, options | Ntdll.FILE_SYNCHRONOUS_IO_NONALERT, null, 0);
        }

        GC.KeepAlive(folder);
        return result == Ntdll.STATUS_SUCCESS ? new SafeFileHandle(handle, ownsHandle: true)
            : throw FileFailure.OfStatus("NtCreateFile", path, result);
    }
}
