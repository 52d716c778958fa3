using System.Net;

namespace NetSuperd.Server.Tally;

/// <summary>A connection with its ends, and what has passed: that of a client, which has a whole record, or one to a target.</summary>
public class CountedConnection
{
    internal CountedConnection(long id, ServiceUse use, EndPoint? peer, EndPoint local, long started) =>
        (Id, Use, Peer, Local, Started) = (id, use, peer, local, started);

    /// <summary>The number of the client's connection, unique while the daemon runs.</summary>
    public long Id { get; }

    /// <summary>The service that the client came to.</summary>
    public string Service => Use.Name;

    /// <summary>
    /// The client's end, or the target; for a child with a datagram socket the sender that woke it; null for one with a listening socket,
    /// which serves many.
    /// </summary>
    public EndPoint? Peer { get; private protected set; }

    /// <summary>The address and port that the client asked for; <c>none</c> for a server without a socket of the map.</summary>
    public EndPoint Local { get; private protected set; }

    /// <summary>Bytes that a handler received.</summary>
    public long BytesReceived { get; internal set; }

    /// <summary>Bytes that a handler sent.</summary>
    public long BytesSent { get; internal set; }

    /// <summary>The key of the time limit that it has exceeded; null while it has exceeded none.</summary>
    public string? TimedOutBy { get; internal set; }

    /// <summary>The service, of the map with which the connection began.</summary>
    internal ServiceUse Use { get; }

    /// <summary>When it was accepted or made, a timestamp of the <see cref="TimeProvider"/>.</summary>
    internal long Started { get; }

    /// <summary>The connection to its target, or to its child.</summary>
    internal CountedConnection OfTarget(EndPoint target, long now) => new(Id, Use, target, Local, now);
}
