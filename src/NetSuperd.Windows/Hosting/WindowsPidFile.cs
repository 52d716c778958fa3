using System.Globalization;
using System.Text;
using NetSuperd.Hosting;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;
using NetSuperd.Windows.Files;

namespace NetSuperd.Windows.Hosting;

/// <summary>The file that holds the daemon's process id while it runs.</summary>
internal sealed class WindowsPidFile : IPidFile
{
    private readonly string _path;
    private readonly byte[] _content = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\r\n");
    private FileStatus? _written;

    private WindowsPidFile(string path) => _path = path;

    /// <summary>
    /// Writes the file beside its place and renames it there. So no process reads half of it, and a link in its place is replaced without
    /// being followed. Every user may read the file and only the daemon's account write it, whatever its folder has for new files.
    /// </summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">
    /// This account may not write it, or another could change what the path leads to.
    /// </exception>
    public static WindowsPidFile Write(string path)
    {
        var file = new WindowsPidFile(path);
        try
        {
            file.Write();
            return file;
        }
        catch (Exception failure) when (PidFileFailure.Is(failure))
        {
            throw PidFileFailure.Of(path, failure);
        }
    }

    /// <inheritdoc/>
    public void Restore()
    {
        // No successor replaces it.
    }

    /// <inheritdoc/>
    public void Remove()
    {
        try
        {
            using var place = WindowsFiles.Open(_path, followLast: false);
            if (place.File is { } file && _written is not null && file.Status.Is(_written) && IsOurs(file))
            {
                file.Remove();
            }
        }
        catch (Exception failure) when (failure is CallException or IOException or UnauthorizedAccessException)
        {
            // A file that is left behind is stale, and the next start replaces it.
            return;
        }
    }

    private void Write()
    {
        using var place = WindowsFiles.Open(_path, followLast: false);
        using var file = place.Folder.Create(
            $".{place.LastName}.{Guid.NewGuid():N}", Ntdll.FILE_WRITE_DATA | Ntdll.FILE_READ_ATTRIBUTES | Ntdll.DELETE,
            Trustees.OfProcess.PrivateAccess(isFolder: false, readers: true));
        try
        {
            RandomAccess.Write(file, _content, 0);

            // Windows replaces no file that is open.
            place.File?.Dispose();
            place.Folder.Rename(file, place.LastName);
            (_written, _) = WindowsFile.StatusOf(file, _path);
        }
        catch
        {
            WindowsFile.Remove(file, _path);
            throw;
        }
    }

    private bool IsOurs(WindowsFile file)
    {
        using var open = file.OpenToRead();
        var content = new byte[_content.Length + 1];
        return RandomAccess.Read(open, content, 0) == _content.Length && content.AsSpan(0, _content.Length).SequenceEqual(_content);
    }
}
