using NetSuperd.Platform;

namespace NetSuperd.Windows.Files;

/// <summary>
/// A path that was walked from the root folder of its volume, name by name, and every folder, link and file on it judged by
/// <see cref="AccessList"/>.
/// </summary>
/// <remarks>
/// Overview. Each name is opened below the handle of the folder that holds it, and a link as itself: what was judged is what is used, and
/// there is no gap in which another account could put something else there. Links are read here, and the walk begins anew with what they
/// lead to, so that every folder behind a link is judged as well.
/// </remarks>
internal sealed class WindowsPath : WalkedPath
{
    // Windows itself follows 63 (Symbolic Link Effects on File Systems Functions).
    private const int MostLinks = 40;

    private readonly List<string> _complaints = [];
    private readonly Trustees _trusted;
    private readonly string _path;
    private WindowsFile? _folder;
    private WindowsFile? _file;
    private CallException? _failure;

    private WindowsPath(string path, Trustees trusted) => (_path, _trusted) = (path, trusted);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Complaints => _complaints;

    /// <inheritdoc/>
    public override CallException? Failure => _failure;

    /// <inheritdoc/>
    public override WindowsFile Folder => _failure is null ? _folder! : throw _failure;

    /// <summary>The last name, as the file system compares it: in capitals, and without a short form such as <c>NETSUP~1</c>.</summary>
    public override string Name => (_file?.RealName() ?? LastName).ToUpperInvariant();

    /// <inheritdoc/>
    public override WindowsFile? File => _file;

    /// <summary>The last name as it was written.</summary>
    public string LastName { get; private set; } = "";

    /// <summary>Walks a path; the caller decides about the complaints and about the failure.</summary>
    /// <param name="path">The path; a relative one is relative to the working directory.</param>
    /// <param name="trusted">The accounts that may change what is on it.</param>
    /// <param name="followLast">Whether a link as the last name is followed, or is itself the object.</param>
    public static WindowsPath Walk(string path, Trustees trusted, bool followLast = true)
    {
        var walk = new WindowsPath(path, trusted);
        try
        {
            walk.Run(followLast);
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

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _file?.Dispose();
        _folder?.Dispose();
    }

    private void Run(bool followLast)
    {
        var path = _path;
        for (var links = 0; links <= MostLinks; links++)
        {
            var (root, names) = PathRoot.Of(path) ?? throw new CallException("NtCreateFile", _path, Errno.EINVAL);
            if (Run(root, names, followLast) is not { } next)
            {
                return;
            }

            path = next;
        }

        throw new CallException("NtCreateFile", _path, Errno.ELOOP);
    }

    /// <returns>The path to go on with, where a link was on the way; null: the walk is done.</returns>
    private string? Run((string Object, string Path) root, string[] names, bool followLast)
    {
        Enter(WindowsFile.Root(root), names.Length < 2 ? FileKind.LastRoot : FileKind.Root);
        if (names.Length == 0)
        {
            // A root folder is in no other one.
            _file = WindowsFile.Root(root);
        }

        for (var i = 0; i < names.Length; i++)
        {
            var isLast = i == names.Length - 1;
            LastName = names[i];
            if (_folder!.Find(names[i]) is not { } found)
            {
                return isLast ? null : throw new CallException("NtCreateFile", _folder.PathOf(names[i]), Errno.ENOENT);
            }

            if (found.Status.Type == FileType.SymbolicLink && (followLast || !isLast))
            {
                using (found)
                {
                    Judge(found, found.IsOfFolder ? FileKind.FolderLink : FileKind.FileLink);
                    return Path.Join([found.Target()!, .. names[(i + 1)..]]);
                }
            }

            if (isLast)
            {
                _file = found;
                Judge(found, KindOf(found));
            }
            else
            {
                Enter(found, i == names.Length - 2 ? FileKind.LastFolder : FileKind.Folder);
            }
        }

        return null;
    }

    private void Enter(WindowsFile folder, FileKind kind)
    {
        _folder?.Dispose();
        _folder = folder;
        Judge(folder, kind);
        if (folder.Status.Type != FileType.Directory)
        {
            throw new CallException("NtCreateFile", folder.Path, Errno.ENOTDIR);
        }
    }

    private void Judge(WindowsFile found, FileKind kind)
    {
        if (AccessList.Complaint(found.Path, kind, found.Access(), _trusted) is { } complaint && !_complaints.Contains(complaint))
        {
            _complaints.Add(complaint);
        }
    }

    private static FileKind KindOf(WindowsFile last) => (last.Status.Type, last.IsOfFolder) switch
    {
        (FileType.SymbolicLink, true) => FileKind.FolderLink,
        (FileType.SymbolicLink, false) => FileKind.FileLink,
        (_, true) => FileKind.LastFolder,
        _ => FileKind.File,
    };
}
