using System.Text;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;
using NetSuperd.Windows.Hosting;

namespace NetSuperd.Windows.Files;

/// <summary>The files of Windows.</summary>
internal sealed class WindowsFiles : IFiles
{
    private const int MostTries = 3;
    private static readonly string[] LibrarySuffixes = [".dll", ".exe"];

    /// <summary>
    /// Walks a path that the daemon is about to use. A daemon of an ordinary account risks only the files of that account, and may use any
    /// path.
    /// </summary>
    /// <exception cref="UntrustedPathException">Another account could change what the path leads to.</exception>
    /// <exception cref="CallException">The folder is not there or cannot be looked at.</exception>
    public static WindowsPath Open(string path, bool followLast = true)
    {
        var walk = WindowsPath.Walk(path, Trustees.OfProcess, followLast);
        try
        {
            return WindowsProcess.JudgesFiles && walk.Complaints.Count > 0 ? throw new UntrustedPathException(walk.Complaints[0])
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
    public WalkedPath Walk(string path, bool followLast = true, string? root = null) =>
        WindowsPath.Walk(path, Trustees.OfProcess, followLast);

    /// <inheritdoc/>
    public FileStatus? StatusOf(string path, string? root = null)
    {
        using var walk = WindowsPath.Walk(path, Trustees.OfProcess);
        return walk.File?.Status;
    }

    /// <inheritdoc/>
    /// <remarks>There is no group of a file: whatever it is secret to, only the trusted accounts may read a secret.</remarks>
    public string? ReadPrivate(string path, Secrecy secretTo, int mostBytes, out string? problem)
    {
        using var walk = WindowsPath.Walk(path, Trustees.OfProcess);
        try
        {
            problem = walk.Failure is { } failure ? throw failure
                : walk.Complaints is [var complaint, ..] ? complaint
                : walk.File is not { } found ? $"there is no file '{path}'"
                : found.Status.Type != FileType.Regular ? $"'{path}' is not a regular file"
                : secretTo != Secrecy.None && AccessList.Reader(found.Path, found.Access(), Trustees.OfProcess) is { } reader ? reader
                : found.Status.Size > (ulong)mostBytes ? $"'{path}' is larger than {mostBytes} bytes"
                : null;
            return problem is null ? Read(walk.File!, mostBytes) : null;
        }
        catch (CallException failure)
        {
            problem = $"'{path}' cannot be read: {failure.Errno.Reason().ToLowerInvariant()}";
        }
        catch (IOException failure)
        {
            problem = $"'{path}' cannot be read: {failure.Message}";
        }

        return null;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Another program may rename or remove the file while it is open, so that it can be rotated. A new file is private, whatever its
    /// folder has for new files.
    /// </remarks>
    public SafeFileHandle Append(string path, UnixFileMode mode)
    {
        for (var tries = 1; ; tries++)
        {
            using var target = Open(path);
            if (target.File is { } file)
            {
                return file.Status.Type == FileType.Regular ? file.OpenToAppend()
                    : throw new IOException($"{file.Path} is not a regular file");
            }

            try
            {
                return target.Folder.Create(
                    target.LastName, Ntdll.FILE_APPEND_DATA | Ntdll.FILE_READ_ATTRIBUTES,
                    Trustees.OfProcess.PrivateAccess(isFolder: false, mode.HasFlag(UnixFileMode.OtherRead)));
            }
            catch (CallException taken) when (taken.Errno == Errno.EEXIST && tries < MostTries)
            {
                // Another process has just created it.
                continue;
            }
        }
    }

    /// <inheritdoc/>
    public void RemoveEmpty(string path)
    {
        try
        {
            using var target = Open(path, followLast: false);
            if (target.File is { Status: { Type: FileType.Regular, Size: 0 } } empty)
            {
                empty.Remove();
            }
        }
        catch (Exception failure) when (failure is CallException or UntrustedPathException)
        {
            // The empty file stays.
            return;
        }
    }

    /// <inheritdoc/>
    public FileCopy Copy(string name, ReadOnlySpan<byte> content) => PrivateCopy.Create(name, content);

    /// <inheritdoc/>
    /// <remarks>A suffix is added as by LoadLibraryW, which adds none to a name with a full stop at its end.</remarks>
    public IReadOnlyList<string> LibraryNames(string library) =>
        library.EndsWith('.') || LibrarySuffixes.Any(suffix => library.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            ? [library]
            : [$"{library}{LibrarySuffixes[0]}", library];

    private static string Read(WindowsFile found, int mostBytes)
    {
        using var file = found.OpenToRead();
        var bytes = new byte[mostBytes];
        return Encoding.UTF8.GetString(bytes.AsSpan(0, RandomAccess.Read(file, bytes, 0)));
    }
}
