using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;

namespace NetSuperd.Windows.Files;

/// <summary>A file or folder of Windows.</summary>
internal sealed class WindowsFile : HeldFile
{
    private WindowsFile(string path, FileStatus status) => (Path, Status) = (path, status);

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override FileStatus Status { get; }

    /// <summary>The object at a path; null where there is none, or it may not be looked up.</summary>
    public static WindowsFile? Find(string path) => StatusOf(path) is { } status ? new WindowsFile(path, status) : null;

    /// <summary>The status of the object at a path; null where there is none, or it may not be looked up.</summary>
    /// <remarks>The runtime has no number of a file: its path and the time at which it was created stand for it.</remarks>
    public static FileStatus? StatusOf(string path)
    {
        FileSystemInfo found = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (!found.Exists)
        {
            return null;
        }

        var name = new HashCode();
        name.Add(found.FullName, StringComparer.OrdinalIgnoreCase);
        return new FileStatus(
            (ulong)name.ToHashCode(), (ulong)found.CreationTimeUtc.Ticks, 0, 0, UnixFileMode.None,
            found is DirectoryInfo ? FileType.Directory : FileType.Regular, 1, found is FileInfo file ? (ulong)file.Length : 0);
    }

    /// <inheritdoc/>
    public override SafeFileHandle OpenToRead()
    {
        try
        {
            return File.OpenHandle(Path, share: FileShare.Read | FileShare.Delete);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw FileFailure.Of("CreateFileW", Path, failure);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // It holds nothing: a file is opened when it is read.
    }
}
