using Microsoft.Win32.SafeHandles;
using NetSuperd.Platform;

namespace NetSuperd.Windows.Files;

/// <summary>The files of Windows.</summary>
internal sealed class WindowsFiles : IFiles
{
    /// <inheritdoc/>
    public WalkedPath Walk(string path, bool followLast = true, string? root = null) => new WindowsPath(path);

    /// <inheritdoc/>
    public FileStatus? StatusOf(string path, string? root = null) => WindowsFile.StatusOf(path);

    /// <inheritdoc/>
    public string? ReadPrivate(string path, Secrecy secretTo, int mostBytes, out string? problem)
    {
        problem = null;
        try
        {
            if (new FileInfo(path).Length <= mostBytes)
            {
                return File.ReadAllText(path);
            }

            problem = $"the file is larger than {mostBytes} bytes";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problem = $"the file cannot be read: {failure.Message}";
        }

        return null;
    }

    /// <inheritdoc/>
    /// <remarks>Another program may rename or remove the file while it is open, so that it can be rotated.</remarks>
    public SafeFileHandle Append(string path, UnixFileMode mode)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw FileFailure.Of("CreateFileW", path, failure);
        }
    }

    /// <inheritdoc/>
    public void RemoveEmpty(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: 0 } empty)
            {
                empty.Delete();
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // It stays.
        }
    }

    /// <inheritdoc/>
    public FileCopy Copy(string name, ReadOnlySpan<byte> content) => new TemporaryCopy(name, content);
}
