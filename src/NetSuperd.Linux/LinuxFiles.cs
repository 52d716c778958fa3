using Microsoft.Win32.SafeHandles;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Linux;

/// <summary>The files of Linux. Beside root, the daemon's own user is trusted with them.</summary>
internal sealed class LinuxFiles : IFiles
{
    private const string LibrarySuffix = ".so";

    /// <inheritdoc/>
    public WalkedPath Walk(string path, bool followLast = true, string? root = null) =>
        CheckedPath.Walk(path, ProcessIdentity.EffectiveUserId, followLast, root);

    /// <inheritdoc/>
    public FileStatus? StatusOf(string path, string? root = null)
    {
        if (root is null)
        {
            return FileStatus.Of(path);
        }

        using var inside = RootedPath.Open(root, path);
        return inside is null ? null : FileStatus.Of(inside.Path);
    }

    /// <inheritdoc/>
    public string? ReadPrivate(string path, Secrecy secretTo, int mostBytes, out string? problem) =>
        PrivateFile.Read(path, ProcessIdentity.EffectiveUserId, secretTo, mostBytes, out problem);

    /// <inheritdoc/>
    public SafeFileHandle Append(string path, UnixFileMode mode) => CheckedFile.Append(path, mode);

    /// <inheritdoc/>
    public void RemoveEmpty(string path) => CheckedFile.RemoveEmpty(path);

    /// <inheritdoc/>
    public FileCopy Copy(string name, ReadOnlySpan<byte> content) => MemoryFile.Create(name, content);

    /// <inheritdoc/>
    /// <remarks>As the runtime looks for it ("Native library loading", library name variations).</remarks>
    public IReadOnlyList<string> LibraryNames(string library) =>
        library.EndsWith(LibrarySuffix, StringComparison.OrdinalIgnoreCase)
            || library.Contains($"{LibrarySuffix}.", StringComparison.OrdinalIgnoreCase)
            ? [library, $"lib{library}", $"{library}{LibrarySuffix}", $"lib{library}{LibrarySuffix}"]
            : [$"{library}{LibrarySuffix}", $"lib{library}{LibrarySuffix}", library, $"lib{library}"];
}
