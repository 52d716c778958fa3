using System.Net;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>The users of connections as the kernel (sock_diag(7)) and passwd(5) tell them.</summary>
public sealed class ConnectionUsers : IConnectionUsers
{
    /// <inheritdoc/>
    public Errno? Find(IPEndPoint local, IPEndPoint peer, out uint? user) => SocketDiagnosis.OwnerOf(local, peer, out user);

    /// <inheritdoc/>
    public UserEntry? User(uint id) => NameService.User(id);

    /// <inheritdoc/>
    public uint? IdOf(string name) => NameService.UserId(name);

    /// <inheritdoc/>
    public bool HasFile(string folder, string name) => PathHandle.Has(folder, name);
}
