using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>The file of a unix socket at its path. Another process may remove it, or put another file in its place.</summary>
internal sealed class SocketFile : ISocketFile
{
    private readonly string _path;
    private readonly FileId _identity;

    private SocketFile(string path, FileId identity) => (_path, _identity) = (path, identity);

    /// <summary>Whether the path still leads to the socket.</summary>
    public bool IsThere => FileStatus.Of(_path)?.Id == _identity;

    /// <summary>The file at a path; null for an abstract socket, and where there is none.</summary>
    public static SocketFile? Of(string? path) =>
        path is ['/', ..] && FileStatus.Of(path) is { } status ? new SocketFile(path, status.Id) : null;

    /// <summary>
    /// Sets owner and mode of the socket at the path, and of no other file: the object there must be the one that was bound.
    /// </summary>
    /// <exception cref="CallException">The socket is not at its path any more, or a call failed.</exception>
    public void SetAccess(Port port)
    {
        using var place = CheckedPath.Open(_path, followLast: false);
        if (place.File is not { } file || file.Status.Id != _identity)
        {
            throw new CallException("chown", _path, Errno.ENOENT);
        }

        file.SetSocketAccess(port.Owner, port.Group, port.Mode);
    }

    /// <summary>Removes the path if it still leads to the socket.</summary>
    /// <exception cref="CallException">A call failed.</exception>
    /// <exception cref="UntrustedPathException">Another user may change the path.</exception>
    public void Remove()
    {
        using var place = CheckedPath.Open(_path, followLast: false);
        if (place.File is { } file && file.Status.Id == _identity)
        {
            place.Folder.Remove(place.Name);
        }
    }
}
