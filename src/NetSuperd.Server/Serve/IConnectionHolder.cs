using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>Has a connection, and can give it away: a handler here, or a worker.</summary>
internal interface IConnectionHolder
{
    /// <summary>The record of the connection.</summary>
    ConnectionRecord Record { get; }

    /// <summary>Gives the open socket away: the part of the holder ends here.</summary>
    /// <returns>The socket; null where the connection has ended already.</returns>
    /// <exception cref="InvalidOperationException">A call is under way, or the socket has been given away before.</exception>
    StreamSocket? GiveAway();
}
