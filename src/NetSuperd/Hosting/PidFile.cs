using System.Globalization;

namespace NetSuperd.Hosting;

/// <summary>The file that holds the daemon's process id while it runs.</summary>
internal sealed class PidFile
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly string _path;
    private readonly string _content;

    private PidFile(string path)
    {
        _path = path;
        _content = Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n";
    }

    private bool IsOurs => File.Exists(_path) && File.ReadAllText(_path) == _content;

    /// <summary>
    /// Writes the file beside its place and renames it there: nobody ever reads half of it, a stale one is replaced, and a symbolic link that
    /// somebody put there is replaced too, not followed. Everybody may read it and nobody else write it, whatever the mask of the process.
    /// </summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write it.</exception>
    public static PidFile Write(string path)
    {
        var file = new PidFile(path);
        var beside = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Mode };
            using (var stream = new FileStream(beside, options))
            {
                File.SetUnixFileMode(stream.SafeFileHandle, Mode);
                stream.Write(System.Text.Encoding.ASCII.GetBytes(file._content));
            }

            File.Move(beside, path, overwrite: true);
            return file;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(beside))
            {
                File.Delete(beside);
            }

            var reason = failure.Message.Replace(beside, path, StringComparison.Ordinal);
            throw failure is IOException ? new IOException(reason, failure) : new UnauthorizedAccessException(reason, failure);
        }
    }

    /// <summary>Writes the file again where another process has replaced it, and did not come to run.</summary>
    public void Restore()
    {
        try
        {
            _ = IsOurs ? this : Write(_path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // As good as it was where the other process could not write it either.
            return;
        }
    }

    /// <summary>Removes the file if it is still ours.</summary>
    public void Remove()
    {
        try
        {
            if (IsOurs)
            {
                File.Delete(_path);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Left behind it is stale, and the next start replaces it.
            return;
        }
    }
}
