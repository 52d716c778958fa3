using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>
/// A path that was walked from the root directory, name by name, and every folder, symbolic link and file on it judged by
/// <see cref="Ownership"/>. Everything that the daemon opens, creates, renames, removes or changes the owner of by path goes through the
/// folder that is held here.
/// </summary>
/// <remarks>
/// Overview. A path is only as trustworthy as the worst folder on it: a user that can write there puts a symbolic link, a FIFO or another
/// file where root expects its own. Judging a path and using it afterwards by its text would leave a gap between the two, so the walk holds
/// each folder by a descriptor (<see cref="PathHandle"/>), reads symbolic links itself, and hands out the last folder and what is in it. A
/// sticky folder such as /tmp stays usable: other users can neither rename nor remove root's files there. They may give them a second name
/// (link(2)), so a file in such a folder must have a single name.
/// </remarks>
public sealed class CheckedPath : WalkedPath
{
    private readonly uint _userId;
    private readonly bool _followLast;
    private readonly List<string> _complaints = [];
    private readonly Stack<string> _names = [];
    private readonly string? _rootPath;
    private PathHandle? _root;
    private PathHandle? _folder;
    private PathHandle? _file;
    private CallException? _failure;
    private string _name = ".";
    private bool _isShared;
    private int _links;

    private CheckedPath(string path, uint userId, bool followLast, string? root)
    {
        (_userId, _followLast, _rootPath) = (userId, followLast, root);
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            // The system would cut the path at a NUL, and it would name another file.
            _failure = new CallException("open", path, Errno.EINVAL);
        }
        else
        {
            Push(path.StartsWith('/') ? path : FullPath.Of(path));
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Complaints => _complaints;

    /// <inheritdoc/>
    public override CallException? Failure => _failure;

    /// <inheritdoc/>
    public override PathHandle Folder => Failure is null ? _folder! : throw Failure;

    /// <inheritdoc/>
    public override string Name => _name;

    /// <inheritdoc/>
    public override PathHandle? File => _file;

    /// <summary>Walks a path; the caller decides about the complaints and about the failure.</summary>
    /// <param name="path">The path; a relative one is relative to the working directory.</param>
    /// <param name="userId">The user that is trusted beside root: the daemon's own.</param>
    /// <param name="followLast">Whether a symbolic link as the last name is followed, or is itself the object.</param>
    /// <param name="root">
    /// The root directory of the process that uses the path, chroot(2), which is judged too; null: the daemon's.
    /// </param>
    public static CheckedPath Walk(string path, uint userId, bool followLast = true, string? root = null)
    {
        var walk = new CheckedPath(path, userId, followLast, root);
        try
        {
            walk.Run();
        }
        catch (CallException failure)
        {
            walk._failure = failure;
        }
        catch
        {
            walk.Dispose();
            throw;
        }

        return walk;
    }

    /// <summary>
    /// Walks a path that the daemon is about to use. A daemon that is not root risks only its own files, and may use any path.
    /// </summary>
    /// <inheritdoc cref="Walk"/>
    /// <exception cref="UntrustedPathException">The daemon is root, and another user could change what the path leads to.</exception>
    /// <exception cref="CallException">The folder is not there or cannot be searched.</exception>
    public static CheckedPath Open(string path, bool followLast = true)
    {
        var user = ProcessIdentity.EffectiveUserId;
        var walk = Walk(path, user, followLast);
        try
        {
            return ProcessIdentity.IsRoot && walk.Complaints.Count > 0 ? throw new UntrustedPathException(walk.Complaints[0])
                : walk.Failure is { } failure ? throw failure
                : walk;
        }
        catch
        {
            walk.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _file?.Dispose();
        _folder?.Dispose();
        _root?.Dispose();
    }

    private void Push(string path)
    {
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse().Where(name => name != "."))
        {
            _names.Push(name);
        }
    }

    private void Run()
    {
        if (Failure is not null)
        {
            return;
        }

        EnterRoot();
        while (_names.TryPop(out var name))
        {
            // The parent of the root directory is the root directory (path_resolution(7)).
            _name = name == ".." && _root is not null && _folder!.Status.Is(_root.Status) ? "." : name;
            if (_folder!.Find(Name) is { } found)
            {
                Visit(found);
            }
            else if (_names.Count > 0)
            {
                throw new CallException("open", _folder.PathOf(name), Errno.ENOENT);
            }
        }

        if (Name == ".")
        {
            _file = _folder!.Find(Name);
        }
    }

    private void EnterRoot()
    {
        if (_rootPath is null)
        {
            Enter(PathHandle.Root());
            return;
        }

        if (_root is null)
        {
            using var walk = Walk(_rootPath, _userId);
            _complaints.AddRange(walk.Complaints);
            _root = walk is { Failure: null, File: { Status.Type: FileType.Directory } found }
                ? found.Find(".")
                : throw walk.Failure ?? new CallException("open", _rootPath, Errno.ENOTDIR);
        }

        Enter(_root!.Find(".")!);
    }

    private void Visit(PathHandle found, bool isOpen = false)
    {
        var isLast = _names.Count == 0;
        if (found.Status.Type == FileType.SymbolicLink && !(isLast && !_followLast))
        {
            Follow(found);
        }
        else if (!isLast)
        {
            Enter(found);
        }
        else
        {
            _file = found;
            if (!(isOpen && found.Status.Type == FileType.Fifo))
            {
                // A pipe that is open already, such as /dev/stdin, comes from the user that started the process.
                Judge(found);
            }
        }
    }

    private void Enter(PathHandle folder)
    {
        _folder?.Dispose();
        _folder = folder;
        Judge(folder);
        if (folder.Status.Type != FileType.Directory)
        {
            throw new CallException("open", folder.Path, Errno.ENOTDIR);
        }

        _isShared = Ownership.IsShared(folder.Status);
    }

    private void Follow(PathHandle link)
    {
        using (link)
        {
            Judge(link);
            if (++_links > PathHandle.MostLinks)
            {
                throw new CallException("open", link.Path, Errno.ELOOP);
            }

            // The links of proc(5) are not real links: their text may name nothing (a pipe), or another file than the open one.
            if (link.Status.Id.Device == FileStatus.Of("/proc")?.Id.Device)
            {
                Visit(_folder!.FindBehind(Name) ?? throw new CallException("open", link.Path, Errno.ENOENT), isOpen: true);
                return;
            }

            var target = link.Target();
            Push(target);
            if (target.StartsWith('/'))
            {
                EnterRoot();
            }

            _name = _names.Count == 0 ? "." : Name;
        }
    }

    private void Judge(PathHandle found)
    {
        var complaint = Ownership.Complaint(found, _userId)
            ?? (_isShared
                && found.Status is { Type: FileType.Regular or FileType.SymbolicLink or FileType.Socket or FileType.Fifo, Links: > 1 }
                ? $"{found.Path} has another name (a hard link), and other users can make such names in {_folder!.Path}; "
                    + "remove it, or choose a folder that only root can write"
                : null);
        if (complaint is not null && !_complaints.Contains(complaint))
        {
            _complaints.Add(complaint);
        }
    }
}
