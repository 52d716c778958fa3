using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Listen;

/// <summary>Restores the state of a socket from before a child shared it.</summary>
internal interface ISocketRepair
{
    /// <summary>A child gets the socket.</summary>
    void Share();

    /// <summary>Restores the socket. To be called while no child has it, and no other call closes it.</summary>
    /// <param name="bound">The socket.</param>
    /// <param name="sharesPort">Whether it shares its port with another.</param>
    /// <param name="backlog">How many connections the system queues.</param>
    /// <param name="logger">The log.</param>
    /// <returns>The names of the options and calls that cannot be restored; null: it is sound.</returns>
    string? Restore(BoundSocket bound, bool sharesPort, int backlog, ILogger logger);
}
