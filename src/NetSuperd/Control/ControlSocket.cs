using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Control;

/// <summary>The listening socket at the path where operators look for the daemon.</summary>
/// <remarks>
/// The socket is bound beside its path, listens, and is then renamed to the path. So the path leads to a socket that answers or to none,
/// and a socket that a dead process has left is replaced. No other user can connect at any moment but those that the place is for: the mode
/// is 0600 from the first.
/// </remarks>
internal sealed class ControlSocket : ControlListener
{
    private const int Backlog = 128;

    private const int MostLetters = 6;

    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly FileId? _file;

    // The thread that accepts waits here for clients: a thread of the runtime's own would be one more thing that can be missing.
    private readonly Epoll _epoll = new();
    private readonly List<long> _ready = [];

    private ControlSocket(ControlPlace place, Socket listener, FileId? file)
        : base(place)
    {
        Listener = listener;
        _file = file;
        listener.Blocking = false;

        // A thread that closes a client's descriptor can be held there by the client.
        _ = SocketRights.Refuse(listener);
        _epoll.Add(listener.SafeHandle, 0);
    }

    private string Path => Place.Path;

    /// <summary>The socket.</summary>
    public Socket Listener { get; }

    /// <inheritdoc/>
    public override bool HasClient => Listener.Poll(TimeSpan.Zero, SelectMode.SelectRead);

    /// <inheritdoc/>
    public override SafeHandle? Handle => Listener.SafeHandle;

    /// <summary>Whether the path leads to this socket.</summary>
    public override bool IsInPlace => _file is not null && FileOf(Path) == _file;

    /// <summary>Binds and listens.</summary>
    /// <returns>The socket, or what is in the way.</returns>
    public static (ControlSocket? Socket, ControlBindFailure? Failure) Bind(ControlPlace place)
    {
        var path = place.Path;
        try
        {
            if (place.MakesFolder && System.IO.Path.GetDirectoryName(path) is { } folder && FileStatus.Of(folder) is null)
            {
                MakeFolder(folder);
            }

            using var target = CheckedPath.Open(path, followLast: false);
            return target.File switch
            {
                { Status.Type: not FileType.Socket } => (null, ControlBindFailure.NoSocket(path)),
                { } taken when UnixListener.IsServed(taken, SocketType.Stream) => (null, ControlBindFailure.InUse(path)),
                _ => (BindBeside(place, target), null),
            };
        }
        catch (CallException failure)
        {
            return (null, ControlBindFailure.Of(path, failure.Errno));
        }
        catch (Exception failure) when (failure is UntrustedPathException or SocketException)
        {
            return (null, ControlBindFailure.Of(path, failure));
        }
    }

    /// <summary>
    /// Adopts a socket that another process has bound to the path. Where the path leads elsewhere, the socket is not in place.
    /// </summary>
    /// <exception cref="CallException">Its group or its permissions cannot be changed to those of the place.</exception>
    public static ControlSocket Adopt(Socket listener, ControlPlace place)
    {
        var path = place.Path;
        var file = IsAt(listener, path) && FileStatus.Of(path) is { Type: FileType.Socket } ? FileOf(path) : null;
        if (file is not null && place.IsForQuestions)
        {
            Give(place);
        }

        return new ControlSocket(place, listener, file);
    }

    /// <summary>Gives the socket at a path the group and the permissions of its place.</summary>
    /// <exception cref="CallException">A call failed.</exception>
    private static void Give(ControlPlace place)
    {
        using var target = CheckedPath.Open(place.Path, followLast: false);
        target.File?.SetSocketAccess(null, place.Group, place.Mode);
    }

    /// <summary>Whether a socket was bound for the path: the system still calls it by the name it had before it was renamed.</summary>
    public static bool IsAt(Socket listener, string path)
    {
        var (prefix, letters) = Beside(path);
        var bound = $"{listener.LocalEndPoint}";
        return bound.Length == prefix.Length + letters && bound.StartsWith(prefix, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public override void Allow(ControlPlace next)
    {
        Give(next);
        Place = next;
    }

    /// <inheritdoc/>
    public override bool Wait()
    {
        _epoll.Wait(null, _ready);
        return _ready.Count > 0;
    }

    /// <inheritdoc/>
    public override void Wake() => _epoll.Wake();

    /// <inheritdoc/>
    public override ControlConnection? Accept() =>
        StreamListener.Accept(Listener)?.ToSocket() is { } client ? new UnixConnection(client) : null;

    /// <summary>Removes the path, if it still leads to this socket.</summary>
    public override void Unlink()
    {
        try
        {
            using var target = CheckedPath.Open(Path, followLast: false);
            if (target.File is { } file && file.Status.Id == _file)
            {
                target.Folder.Remove(target.Name);
            }
        }
        catch (Exception failure) when (failure is CallException or UntrustedPathException)
        {
            // A path that is left behind answers no client, and the next start replaces it.
            return;
        }
    }

    /// <summary>Closes the socket. The path is removed as well, unless another process uses the socket.</summary>
    public override void Dispose()
    {
        _epoll.Dispose();
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
            using var target = CheckedPath.Open(Path, followLast: false);
            return target.File is { } file && UnixListener.IsServed(file, SocketType.Stream);
        }
        catch (Exception failure) when (failure is CallException or UntrustedPathException)
        {
            // Unknown: no descriptor is left to ask with, or another user owns the path by now.
            return true;
        }
    }

    private static void MakeFolder(string path)
    {
        if (System.IO.Path.GetDirectoryName(path) is { } above)
        {
            MakeFolder(above);
        }

        using var target = CheckedPath.Open(path);
        if (target.File is null)
        {
            target.Folder.CreateFolder(target.Name, FolderMode);
        }
    }

    /// <summary>Binds a name beside the path, and renames it.</summary>
    /// <remarks>
    /// bind(2) takes no folder descriptor, and the system keeps the path that it was given as the socket's name; so the socket is looked up
    /// in the folder afterwards. Only root can have changed anything on the way there.
    /// </remarks>
    private static ControlSocket BindBeside(ControlPlace place, CheckedPath target)
    {
        var (prefix, letters) = Beside(place.Path);
        var beside = prefix + Guid.NewGuid().ToString("N")[..letters];
        var name = System.IO.Path.GetFileName(beside);
        var listener = UnixListener.Bind(beside, SocketType.Stream);
        ControlSocket? socket = null;
        try
        {
            using var bound = target.Folder.Find(name) ?? throw new CallException("bind", beside, Errno.ENOENT);
            socket = new ControlSocket(place, listener, bound.Status.Id);
            listener.Listen(Backlog);
            if (place.IsForQuestions)
            {
                bound.SetSocketAccess(null, place.Group, place.Mode);
            }

            target.Folder.Rename(name, target.Name);
            return socket;
        }
        catch
        {
            socket?._epoll.Dispose();
            listener.Dispose();
            RemoveLeft(target, name);
            throw;
        }
    }

    private static void RemoveLeft(CheckedPath target, string name)
    {
        using var left = target.Folder.Find(name);
        if (left is not null)
        {
            target.Folder.Remove(name);
        }
    }

    /// <summary>The temporary names in the same folder: the path and some letters, as many as a socket's name has room for.</summary>
    private static (string Prefix, int Letters) Beside(string path)
    {
        var folder = $"{System.IO.Path.GetDirectoryName(path)}/";
        return Encoding.UTF8.GetByteCount(path) + 1 + MostLetters <= UnixListener.MostNameBytes
            ? ($"{path}.", MostLetters)
            : (folder, Math.Clamp(UnixListener.MostNameBytes - Encoding.UTF8.GetByteCount(folder), 1, MostLetters));
    }

    private static FileId? FileOf(string path) => FileStatus.Of(path)?.Id;
}
