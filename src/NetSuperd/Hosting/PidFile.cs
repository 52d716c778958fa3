using System.Globalization;
using System.Text;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Hosting;

/// <summary>The file that holds the daemon's process id while it runs.</summary>
internal sealed class PidFile : IPidFile
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly string _path;
    private readonly byte[] _content;
    private FileStatus? _written;

    private PidFile(string path)
    {
        _path = path;
        _content = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
    }

    /// <summary>
    /// Writes the file beside its place and renames it there. So no process reads half of it, and a stale file, a symbolic link or a FIFO
    /// in its place is replaced without being followed or opened. Every user may read the file and only the daemon's user write it,
    /// whatever the umask.
    /// </summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">
    /// This user may not write it, or another could change what the path leads to.
    /// </exception>
    public static PidFile Write(string path)
    {
        var file = new PidFile(path);
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

    /// <summary>Writes the file again where a successor has replaced it and then failed to start.</summary>
    public void Restore()
    {
        try
        {
            using var place = CheckedPath.Open(_path, followLast: false);
            if (!IsOurs(place))
            {
                Write();
            }
        }
        catch (Exception failure) when (failure is CallException or IOException or UnauthorizedAccessException)
        {
            // The failed successor may not have been able to write it either: then the file is unchanged.
            return;
        }
    }

    /// <summary>Removes the file if it is still ours.</summary>
    public void Remove()
    {
        try
        {
            using var place = CheckedPath.Open(_path, followLast: false);
            if (IsOurs(place))
            {
                place.Folder.Remove(place.Name);
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
        using var place = CheckedPath.Open(_path, followLast: false);
        var beside = $".{place.Name}.{Guid.NewGuid():N}";
        using var stream = new FileStream(place.Folder.CreateFile(beside, Mode), FileAccess.Write, bufferSize: 0);
        try
        {
            stream.Write(_content);
            place.Folder.Rename(beside, place.Name);
            _written = FileStatus.Of(stream.SafeFileHandle);
        }
        catch
        {
            place.Folder.Remove(beside);
            throw;
        }
    }

    /// <summary>
    /// Whether the file is still the one that was written, with the same content. Another file is not opened: opening a FIFO would block.
    /// </summary>
    private bool IsOurs(CheckedPath place)
    {
        if (place.File is not { } file || _written is null || !file.Status.Is(_written))
        {
            return false;
        }

        using var stream = new FileStream(file.OpenToRead(), FileAccess.Read, bufferSize: 0);
        var content = new byte[_content.Length + 1];
        return stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) == _content.Length
            && content.AsSpan(0, _content.Length).SequenceEqual(_content);
    }
}
