using NetSuperd.Platform;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>The file of a unix socket at its path. Another process may remove it, or put another file in its place.</summary>
internal interface ISocketFile
{
    /// <summary>Whether the path still leads to the socket.</summary>
    bool IsThere { get; }

    /// <summary>
    /// Sets owner and mode of the socket at the path, and of no other file: the object there must be the one that was bound.
    /// </summary>
    /// <exception cref="CallException">The socket is not at its path any more, or a call failed.</exception>
    void SetAccess(Port port);

    /// <summary>Removes the path if it still leads to the socket.</summary>
    /// <exception cref="CallException">A call failed.</exception>
    /// <exception cref="UntrustedPathException">Another user may change the path.</exception>
    void Remove();
}
