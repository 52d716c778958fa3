using Microsoft.Win32.SafeHandles;

namespace NetSuperd.Platform.Tests;

/// <summary>The files of .NET.</summary>
internal sealed class PlainFiles : IFiles
{
    public WalkedPath Walk(string path, bool followLast = true, string? root = null) => new PlainPath(Path.GetFullPath(path));

    public FileStatus? StatusOf(string path, string? root = null) => PlainFile.Find(path)?.Status;

    public string? ReadPrivate(string path, Secrecy secretTo, int mostBytes, out string? problem)
    {
        problem = null;
        return File.ReadAllText(path);
    }

    public SafeFileHandle Append(string path, UnixFileMode mode) => File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write);

    public void RemoveEmpty(string path)
    {
        // It stays.
    }

    public FileCopy Copy(string name, ReadOnlySpan<byte> content) => throw new CallException("Copy", name, Errno.EOPNOTSUPP);

    public IReadOnlyList<string> LibraryNames(string library) => [library];
}

/// <summary>A path of .NET.</summary>
internal sealed class PlainPath(string path) : WalkedPath
{
    private readonly PlainFile? _folder = PlainFile.Find(Path.GetDirectoryName(path) ?? path);

    public override IReadOnlyList<string> Complaints => [];

    public override CallException? Failure => _folder is null ? new CallException("open", path, Errno.ENOENT) : null;

    public override HeldFile Folder => _folder ?? throw Failure!;

    public override string Name { get; } = Path.GetFileName(path);

    public override HeldFile? File { get; } = PlainFile.Find(path);

    protected override void Dispose(bool disposing)
    {
        // It holds nothing.
    }
}

/// <summary>A file or folder.</summary>
internal sealed class PlainFile(FileSystemInfo found) : HeldFile
{
    public override string Path => found.FullName;

    public override FileStatus Status { get; } = new(
        new FileId(0, (ulong)found.FullName.GetHashCode(StringComparison.Ordinal)), 0, 0, UnixFileMode.None,
        found is DirectoryInfo ? FileType.Directory : FileType.Regular, 1, found is FileInfo file ? (ulong)file.Length : 0);

    public static PlainFile? Find(string path) => Directory.Exists(path) ? new PlainFile(new DirectoryInfo(path))
        : File.Exists(path) ? new PlainFile(new FileInfo(path))
        : null;

    public override SafeFileHandle OpenToRead() => File.OpenHandle(Path);

    protected override void Dispose(bool disposing)
    {
        // It holds nothing.
    }
}
