using System.Net;

namespace NetSuperd.Platform;

/// <summary>A system that does not tell users of connections: each looks like one that does not exist.</summary>
public sealed class NoConnectionUsers : IConnectionUsers
{
    /// <inheritdoc/>
    public Errno? Find(IPEndPoint local, IPEndPoint peer, out uint? user)
    {
        user = null;
        return null;
    }

    /// <inheritdoc/>
    public UserEntry? User(uint id) => null;

    /// <inheritdoc/>
    public uint? IdOf(string name) => null;

    /// <inheritdoc/>
    public bool HasFile(string folder, string name) => false;
}
