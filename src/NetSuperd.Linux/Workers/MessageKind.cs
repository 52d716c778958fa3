namespace NetSuperd.Linux.Workers;

/// <summary>The kinds of message between the daemon and a worker: the first byte of each.</summary>
/// <remarks>The rest of a message is a <see cref="ConnectionMessage"/>, or JSON (<see cref="WorkerJson"/>).</remarks>
internal enum MessageKind : byte
{
    /// <summary>From the daemon: create a handler (<see cref="HandlerOrder"/>).</summary>
    Create = 1,

    /// <summary>From the daemon: start a handler that is created; its number.</summary>
    Start,

    /// <summary>From the daemon: nothing uses a handler any more; its number.</summary>
    Drop,

    /// <summary>From the daemon: serve the connection that comes with the message.</summary>
    Serve,

    /// <summary>
    /// From the daemon: serve the datagrams that come on the channel that comes with the message (<see cref="DatagramOrder"/>).
    /// </summary>
    Datagrams,

    /// <summary>From the daemon: end a connection at once.</summary>
    Abort,

    /// <summary>From the daemon: ask every handler to end; the milliseconds that they have.</summary>
    Stop,

    /// <summary>From the daemon: answer, as a sign of life.</summary>
    Ask,

    /// <summary>From the worker: a handler is created, or why not (<see cref="HandlerReport"/>).</summary>
    Created,

    /// <summary>From the worker: a handler is started, or why not (<see cref="HandlerReport"/>).</summary>
    Started,

    /// <summary>From the worker: what a connection has received and sent so far.</summary>
    Moved,

    /// <summary>From the worker: a connection has ended.</summary>
    Ended,

    /// <summary>From the worker: an event for the log (<see cref="LogForm"/>).</summary>
    Logged,

    /// <summary>From the worker: it was asked to end by a signal, and is to get no more connections.</summary>
    Leaving,

    /// <summary>From the worker: the answer to <see cref="Ask"/>.</summary>
    Alive,

    /// <summary>From the daemon: what handlers may see of the server (<see cref="ServerForm"/>).</summary>
    Shown,

    /// <summary>From the worker: a handler passes a connection to a service (<see cref="PassForm"/>).</summary>
    Passed,

    /// <summary>
    /// From the worker: a target has taken a connection: its index among those of the map, and its address where it is of IP.
    /// </summary>
    Reached,

    /// <summary>
    /// From the daemon: serve the connection that comes with the message, for a child; the descriptor that comes with it leads there.
    /// </summary>
    ServeForChild,

    /// <summary>From the worker: the handshake with the client of a child is done (<see cref="HandshakeForm"/>).</summary>
    Encrypted,

    /// <summary>From the daemon: what a PROXY header says of the connection that comes next (<see cref="ValuesForm"/>).</summary>
    Values,

    /// <summary>From the daemon: serve the session of datagrams whose channel comes with the message.</summary>
    ServeDatagrams,

    /// <summary>
    /// From the daemon: serve the connection that comes with the message, and reach its target by the socket that comes with it.
    /// </summary>
    ServeFrom,
}
