using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// One object of the file system, held by a descriptor that only names it (O_PATH, open(2)): its status and the operations here concern
/// this object, whatever another process puts at its path meanwhile. No symbolic link is followed by any call but <see cref="FindBehind"/>.
/// </summary>
public sealed class PathHandle : HeldFile
{
    /// <summary>
    /// How many symbolic links a path may lead through (path_resolution(7)): MAXSYMLINKS of the kernel's linux/namei.h. That of
    /// sys/param.h is another number.
    /// </summary>
    public const int MostLinks = 40;

    private readonly Descriptor _descriptor;

    private PathHandle(string path, Descriptor descriptor)
    {
        Path = path;
        _descriptor = descriptor;
        Status = FileStatus.Of(descriptor) ?? throw Libc.Failure("statx", path);
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override FileStatus Status { get; }

    /// <summary>A path that leads to this object and to no other, as long as it is held (proc(5)).</summary>
    public string Link => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_descriptor.DangerousGetHandle()}");

    /// <summary>The root directory.</summary>
    /// <exception cref="CallException">No descriptor is left.</exception>
    public static PathHandle Root()
    {
        var fd = Libc.open("/", Libc.O_PATH | Libc.O_CLOEXEC);
        return fd >= 0 ? Hold("/", fd) : throw Libc.Failure("open", "/");
    }

    /// <summary>
    /// Whether a folder, which may be behind links, has a name. A symbolic link of that name counts, and is not followed: the answer would
    /// tell its owner what is elsewhere.
    /// </summary>
    /// <exception cref="CallException">The folder may not be searched, or no descriptor is left.</exception>
    public static bool Has(string folder, string name)
    {
        var path = System.IO.Path.Join(folder, name);
        using var found = new SafeFileHandle(Libc.open(path, Libc.O_PATH | Libc.O_NOFOLLOW | Libc.O_CLOEXEC), ownsHandle: true);
        return !found.IsInvalid
            || ((Errno)Marshal.GetLastPInvokeError() is Errno.ENOENT or Errno.ENOTDIR ? false : throw Libc.Failure("open", path));
    }

    /// <summary>Finds a name in this folder; null where it is not there. Of a symbolic link the link itself is found.</summary>
    /// <exception cref="CallException">The folder may not be searched, or no descriptor is left.</exception>
    public PathHandle? Find(string name) => Find(name, Libc.O_NOFOLLOW);

    /// <summary>
    /// Finds what the system has behind a link of proc(5), which is no path: an open file, a directory. Null where nothing is.
    /// </summary>
    /// <exception cref="CallException">The folder may not be searched, or no descriptor is left.</exception>
    public PathHandle? FindBehind(string name) => Find(name, 0);

    /// <summary>Where this symbolic link leads to.</summary>
    /// <exception cref="CallException">readlink(2) failed.</exception>
    public unsafe string Target()
    {
        var buffer = stackalloc byte[Libc.PATH_MAX];
        var length = Libc.readlinkat(_descriptor, "", buffer, Libc.PATH_MAX);
        return length >= 0 ? Encoding.UTF8.GetString(buffer, (int)length) : throw Libc.Failure("readlink", Path);
    }

    /// <inheritdoc/>
    public override SafeFileHandle OpenToRead() => Open(0);

    /// <summary>
    /// Opens this file for writing at its end. O_APPEND makes that the end of the moment (open(2)): a file that another process cuts, as
    /// logrotate(8) does with <c>copytruncate</c>, or writes too, has no holes and no line over another. <see cref="FileMode.Append"/>
    /// seeks instead, once.
    /// </summary>
    /// <exception cref="CallException">open(2) failed.</exception>
    public SafeFileHandle OpenToAppend() => Open(Libc.O_WRONLY | Libc.O_APPEND);

    /// <summary>Makes a file in this folder, with exactly the permissions given, and opens it for writing at its end.</summary>
    /// <exception cref="CallException">
    /// open(2) or fchmod(2) failed; EEXIST: the name is taken, also by a symbolic link that leads nowhere.
    /// </exception>
    public SafeFileHandle CreateFile(string name, UnixFileMode mode)
    {
        const int Flags = Libc.O_WRONLY | Libc.O_APPEND | Libc.O_CREAT | Libc.O_EXCL | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
        var fd = Libc.openat(_descriptor, Checked(name), Flags, (uint)mode);
        var file = fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Libc.Failure("open", PathOf(name));
        if (Libc.fchmod(file, (uint)mode) == 0)
        {
            return file;
        }

        using (file)
        {
            throw Libc.Failure("fchmod", PathOf(name));
        }
    }

    /// <summary>Makes a folder in this one, with exactly the permissions given.</summary>
    /// <exception cref="CallException">mkdir(2) or chmod(2) failed.</exception>
    public void CreateFolder(string name, UnixFileMode mode)
    {
        if (Libc.mkdirat(_descriptor, Checked(name), Libc.S_IRWXU) < 0)
        {
            throw Libc.Failure("mkdir", PathOf(name));
        }

        using var made = Find(name);
        if (made?.Status is not { Type: FileType.Directory } || Libc.chmod(made.Link, (uint)mode) < 0)
        {
            throw Libc.Failure("chmod", PathOf(name));
        }
    }

    /// <summary>Removes a name of this folder that is no folder itself.</summary>
    /// <exception cref="CallException">unlink(2) failed.</exception>
    public void Remove(string name)
    {
        if (Libc.unlinkat(_descriptor, Checked(name), 0) < 0)
        {
            throw Libc.Failure("unlink", PathOf(name));
        }
    }

    /// <summary>Gives a file of this folder another name in it, and replaces what has that name.</summary>
    /// <exception cref="CallException">rename(2) failed.</exception>
    public void Rename(string name, string newName)
    {
        if (Libc.renameat(_descriptor, Checked(name), _descriptor, Checked(newName)) < 0)
        {
            throw Libc.Failure("rename", PathOf(newName));
        }
    }

    /// <summary>chown(2) and chmod(2) of this unix socket.</summary>
    /// <param name="owner">The user, or null to leave it.</param>
    /// <param name="group">The group, or null to leave it.</param>
    /// <param name="mode">The permissions.</param>
    /// <exception cref="CallException">chown(2) or chmod(2) failed; ENOTSOCK: this is no socket.</exception>
    public void SetSocketAccess(uint? owner, uint? group, UnixFileMode mode)
    {
        if (Status.Type != FileType.Socket)
        {
            throw new CallException("chown", Path, Errno.ENOTSOCK);
        }

        if ((owner ?? group) is not null
            && Libc.fchownat(_descriptor, "", owner ?? uint.MaxValue, group ?? uint.MaxValue, Libc.AT_EMPTY_PATH) < 0)
        {
            throw Libc.Failure("chown", Path);
        }

        if (Libc.chmod(Link, (uint)mode) < 0)
        {
            throw Libc.Failure("chmod", Path);
        }
    }

    /// <summary>The users and groups that may write it beside its owner.</summary>
    /// <exception cref="CallException">getxattr(2) failed.</exception>
    public Writers Writers() => NetSuperd.Native.Writers.Of(this);

    /// <summary>The path of a name in this folder.</summary>
    public string PathOf(string name) => System.IO.Path.Join(Path, name);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _descriptor.Dispose();

    private static PathHandle Hold(string path, int fd)
    {
        var descriptor = new Descriptor(fd);
        try
        {
            return new PathHandle(path, descriptor);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    private PathHandle? Find(string name, int flags)
    {
        var path = name switch
        {
            "." => Path,
            ".." => System.IO.Path.GetDirectoryName(Path) ?? "/",
            _ => PathOf(name),
        };
        var fd = Libc.openat(_descriptor, Checked(name), Libc.O_PATH | Libc.O_CLOEXEC | flags, 0);
        return fd >= 0 ? Hold(path, fd)
            : (Errno)Marshal.GetLastPInvokeError() is Errno.ENOENT ? null
            : throw Libc.Failure("open", path);
    }

    /// <summary>Opens the object itself. No terminal becomes that of the daemon by it.</summary>
    private SafeFileHandle Open(int flags)
    {
        var fd = Libc.open(Link, flags | Libc.O_NOCTTY | Libc.O_CLOEXEC);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw Libc.Failure("open", Path);
    }

    // A name with NUL would be cut at it, and another file meant.
    private string Checked(string name) =>
        name.Contains('\0', StringComparison.Ordinal) ? throw new CallException("open", PathOf(name), Errno.EINVAL) : name;
}
