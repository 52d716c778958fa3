using NetSuperd.Platform;

namespace NetSuperd.Windows.Files;

/// <summary>A path of Windows. Its access control lists are not judged yet.</summary>
internal sealed class WindowsPath : WalkedPath
{
    private readonly WindowsFile? _folder;

    /// <summary>Finds what the path leads to.</summary>
    public WindowsPath(string path)
    {
        var full = Path.GetFullPath(path);
        Name = Path.GetFileName(full);
        var folder = Path.GetDirectoryName(full) ?? full;
        _folder = WindowsFile.Find(folder);
        Failure = _folder is null ? new CallException("CreateFileW", folder, Errno.ENOENT) : null;
        File = WindowsFile.Find(full);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Complaints => [];

    /// <inheritdoc/>
    public override CallException? Failure { get; }

    /// <inheritdoc/>
    public override HeldFile Folder => _folder ?? throw Failure!;

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override HeldFile? File { get; }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // It holds nothing.
    }
}
