using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace NetSuperd.Platform;

/// <summary>A connection: only its handle, and the calls that the engine makes on it.</summary>
/// <remarks>No call blocks, and expected failures are values, not exceptions.</remarks>
/// <param name="family">The family of its addresses.</param>
public abstract class StreamSocket(AddressFamily family) : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    /// <summary>The family of its addresses.</summary>
    public AddressFamily Family => family;

    /// <summary>Whether it has no address and no port, but credentials of its peer.</summary>
    public bool IsUnix => family.IsUnix;

    /// <summary>Whether it is of a protocol (SO_PROTOCOL): the listener of a variant accepts connections of the protocol too.</summary>
    public abstract bool Has(ProtocolType protocol);

    /// <summary>The client's end; null where the client has gone already (ENOTCONN of getpeername(2)), and unless it is of IP.</summary>
    public abstract EndPoint? Peer();

    /// <summary>The own end; null for a unix socket without a name, and for one of vsock(7).</summary>
    public abstract EndPoint? Local();

    /// <summary>Both ends of a connection of vsock(7); null where the client has gone already, and for one of another family.</summary>
    public virtual (VsockAddress Local, VsockAddress Peer)? VsockEnds() => null;

    /// <summary>
    /// Receives what is there; 0 is the end of the peer's transmission. Without room for a byte it receives nothing, and tells whether
    /// something is there.
    /// </summary>
    public abstract Transfer Receive(Span<byte> buffer);

    /// <summary>The same, but the data stays in the queue.</summary>
    public abstract Transfer Peek(Span<byte> buffer);

    /// <summary>Sends as much as the system takes.</summary>
    public abstract Transfer Send(ReadOnlySpan<byte> buffer);

    /// <summary>How many bytes have been handed to the system, and not been acknowledged by the peer (tcp(7), SIOCOUTQ).</summary>
    public abstract int Unsent { get; }

    /// <summary>Ends this side's transmission in order (shutdown(2)). A connection that is gone needs no end.</summary>
    public abstract void EndSending();

    /// <summary>TCP_NODELAY, tcp(7): bytes that another server has sent are not held back.</summary>
    public abstract void SendAtOnce();

    /// <summary>
    /// Whether the peer has closed its socket, both have ended their transmission, or the socket is closed here: nothing can be sent any
    /// more (poll(2)).
    /// </summary>
    public abstract bool HasHungUp { get; }

    /// <summary>Why the connection has failed, or could not be made, told once (socket(7), SO_ERROR); null: it has not.</summary>
    public abstract Errno? TakeFailure();

    /// <summary>The state of its TCP connection; null where the system does not report it.</summary>
    public abstract TcpInfo? Status();

    /// <summary>The process at the other end of a unix socket; null where the system does not report it.</summary>
    public abstract PeerCredentials? Credentials();

    /// <summary>
    /// The groups of that process, the primary one and the supplementary ones; the default where the system does not report them.
    /// </summary>
    public abstract ImmutableArray<uint> PeerGroups();

    /// <summary>Closes it: what is buffered is discarded, and the peer sees RST (a linger time of 0; socket(7), SO_LINGER).</summary>
    public abstract void Reset();

    /// <summary>
    /// Ends both directions for every process that has the connection, and closes it here. What is buffered of a TCP connection is
    /// discarded, and its peer sees RST (connect(2) with AF_UNSPEC; tcp_disconnect in net/ipv4/tcp.c).
    /// </summary>
    public abstract void Sever();

    /// <summary>
    /// Closes a connection that another process says it has closed, and may still have: neither direction is open afterwards. What that
    /// process has sent still arrives.
    /// </summary>
    public abstract void Finish();
}
