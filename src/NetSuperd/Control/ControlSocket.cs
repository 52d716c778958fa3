using System.Net.Sockets;
using System.Text;
using NetSuperd.Native;

namespace NetSuperd.Control;

/// <summary>The listening socket at the path where operators look for the daemon.</summary>
/// <remarks>
/// It is bound beside its place, listens, and is renamed there: the path leads to a socket that answers or to none at all, and one that a
/// dead process has left is replaced. No moment lets anybody else in: the mode is 0600 from the first.
/// </remarks>
internal sealed class ControlSocket : IDisposable
{
    private const int Backlog = 128;

    // sun_path of unix(7), with the NUL at its end.
    private const int MostPathBytes = 107;
    private const int MostLetters = 6;

    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly (ulong Device, ulong Inode)? _file;

    private ControlSocket(string path, Socket listener, (ulong Device, ulong Inode)? file)
    {
        Path = path;
        Listener = listener;
        _file = file;
        listener.Blocking = false;
    }

    /// <summary>The path.</summary>
    public string Path { get; }

    /// <summary>The socket.</summary>
    public Socket Listener { get; }

    /// <summary>Whether the path leads to this socket.</summary>
    public bool IsInPlace => _file is not null && FileOf(Path) == _file;

    /// <summary>Binds and listens.</summary>
    /// <param name="path">The path, absolute, at most 107 bytes.</param>
    /// <param name="makeFolder">Whether to make its folder where that is missing.</param>
    /// <param name="takeOver">Whether to take the path from a daemon that answers there.</param>
    /// <returns>The socket, or what is in the way.</returns>
    public static (ControlSocket? Socket, ControlBindFailure? Failure) Bind(string path, bool makeFolder, bool takeOver)
    {
        try
        {
            if (makeFolder && System.IO.Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
            {
                // A second call, because the mask of the process cuts what the first one asks for.
                Directory.CreateDirectory(folder, FolderMode);
                File.SetUnixFileMode(folder, FolderMode);
            }

            return FileStatus.Of(path) is { Type: not FileType.Socket } ? (null, ControlBindFailure.NoSocket(path))
                : !takeOver && FileStatus.Of(path) is not null && UnixListener.IsServed(path, SocketType.Stream)
                    ? (null, ControlBindFailure.InUse(path))
                : (Place(path), null);
        }
        catch (LibcException failure)
        {
            return (null, ControlBindFailure.Of(path, failure.Errno));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SocketException)
        {
            return (null, ControlBindFailure.Of(path, failure));
        }
    }

    /// <summary>Takes a socket that another process has bound to the path. Where the path leads elsewhere, it is not in place.</summary>
    public static ControlSocket Adopt(Socket listener, string path) =>
        new(path, listener, IsAt(listener, path) && FileStatus.Of(path) is { Type: FileType.Socket } ? FileOf(path) : null);

    /// <summary>Whether a socket was bound for the path: the system goes on calling it by the name it had before it was renamed.</summary>
    public static bool IsAt(Socket listener, string path)
    {
        var (prefix, letters) = Beside(path);
        var bound = $"{listener.LocalEndPoint}";
        return bound.Length == prefix.Length + letters && bound.StartsWith(prefix, StringComparison.Ordinal);
    }

    /// <summary>Removes the path, if it still leads to this socket.</summary>
    public void Unlink()
    {
        try
        {
            if (IsInPlace)
            {
                File.Delete(Path);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Left behind nobody answers there, and the next start replaces it.
            return;
        }
    }

    /// <summary>Lets go of it. The path goes as well, unless another process goes on with the socket.</summary>
    public void Dispose()
    {
        Listener.Dispose();
        if (IsInPlace && !IsServed())
        {
            Unlink();
        }
    }

    private bool IsServed()
    {
        try
        {
            return UnixListener.IsServed(Path, SocketType.Stream);
        }
        catch (LibcException)
        {
            // Nobody knows: no descriptor is left to ask with.
            return true;
        }
    }

    private static ControlSocket Place(string path)
    {
        var (prefix, letters) = Beside(path);
        var beside = prefix + Guid.NewGuid().ToString("N")[..letters];
        var listener = UnixListener.Bind(beside, SocketType.Stream);
        try
        {
            var socket = new ControlSocket(path, listener, FileOf(beside));
            listener.Listen(Backlog);
            File.Move(beside, path, overwrite: true);
            return socket;
        }
        catch
        {
            File.Delete(beside);
            listener.Dispose();
            throw;
        }
    }

    /// <summary>The names in the same folder: the path and some letters, or as many letters as a socket's name has room for.</summary>
    private static (string Prefix, int Letters) Beside(string path)
    {
        var folder = $"{System.IO.Path.GetDirectoryName(path)}/";
        return Encoding.UTF8.GetByteCount(path) + 1 + MostLetters <= MostPathBytes
            ? ($"{path}.", MostLetters)
            : (folder, Math.Clamp(MostPathBytes - Encoding.UTF8.GetByteCount(folder), 1, MostLetters));
    }

    private static (ulong Device, ulong Inode)? FileOf(string path) =>
        FileStatus.Of(path) is { } status ? (status.Device, status.Inode) : null;
}
