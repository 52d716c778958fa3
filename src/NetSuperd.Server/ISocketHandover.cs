using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Server;

/// <summary>Gives the listening sockets to a successor, with the descriptors that it waits for before it accepts.</summary>
internal interface ISocketHandover
{
    /// <summary>
    /// Copies of the sockets with their names, each made on demand: a caller that disposes of each before the next needs only one
    /// descriptor.
    /// </summary>
    /// <exception cref="CallException">No descriptor is left.</exception>
    IEnumerable<(SafeHandle Handle, string Name)> Copies();

    /// <summary>
    /// Copies of the sockets with the processes that have them, for a successor that is being started. From now on no server, and no child
    /// that gets sockets, is started until <see cref="Cancel"/>.
    /// </summary>
    /// <returns>Descriptors in order with their names, to be disposed.</returns>
    /// <exception cref="CallException">No descriptors are left; nothing is left open then.</exception>
    Task<IReadOnlyList<(SafeHandle Handle, string Name)>> CopiesWithChildrenAsync();

    /// <summary>The successor serves, and ends itself those children of this process that it was told of.</summary>
    void Complete();

    /// <summary>The restart has failed: nothing is handed over.</summary>
    void Cancel();

    /// <summary>
    /// Closes the pipes that the successor waits for: this process has closed the sockets, or the restart has failed. The pipe of a socket
    /// that a child has is closed when the child has ended.
    /// </summary>
    void ClosePipes();

    /// <summary>Completes when the children have ended whose sockets' pipes are still open, and their pipes are closed.</summary>
    Task WhenClosedAsync();
}
