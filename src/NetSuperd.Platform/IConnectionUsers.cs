using System.Net;

namespace NetSuperd.Platform;

/// <summary>The users of the connections that this host has, and what the system knows of them.</summary>
public interface IConnectionUsers
{
    /// <summary>Finds the user of a connection between an address of this host and a peer.</summary>
    /// <param name="local">The address and port on this host.</param>
    /// <param name="peer">The address and port of the peer.</param>
    /// <param name="user">The user; null where there is no such connection, or no process has its socket.</param>
    /// <returns>Null when the system has told it; else why not.</returns>
    Errno? Find(IPEndPoint local, IPEndPoint peer, out uint? user);

    /// <summary>A user by its number; null where there is none.</summary>
    UserEntry? User(uint id);

    /// <summary>The number of a user; null where there is none.</summary>
    uint? IdOf(string name);

    /// <summary>Whether a folder has a name, without opening what has it.</summary>
    /// <exception cref="CallException">The folder may not be searched.</exception>
    bool HasFile(string folder, string name);
}
