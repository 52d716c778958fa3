using System.Net;
using NetSuperd.Native;

namespace NetSuperd.Server.Tally;

/// <summary>
/// The record of one connection from accept to end, or of one child that got the listening or datagram socket itself. Counters and log
/// records derive from it.
/// </summary>
public sealed class ConnectionRecord
{
    // Those of the socket itself.
    private readonly (EndPoint Local, EndPoint? Peer) _ends;

    internal ConnectionRecord(
        long id, ServiceUse use, string protocol, EndPoint? peer, EndPoint local, PeerCredentials? credentials, long started,
        IDisposable lease, ServiceLog? log = null)
    {
        Id = id;
        Use = use;
        Protocol = protocol;
        (Peer, Local, _ends) = (peer, local, (local, peer));
        Credentials = credentials;
        Started = started;
        Lease = lease;
        Log = log ?? ServiceLog.Default;
        IsLogged = Log.Names == LoggedConnections.All;
    }

    /// <summary>The number of the connection, unique while the daemon runs.</summary>
    public long Id { get; }

    /// <summary>The service that it came to.</summary>
    public string Service => Use.Name;

    /// <summary>
    /// The name of its protocol: <c>TCP</c>, <c>UDP</c>, <c>UNIX</c>, <c>VSOCK</c>; <c>NONE</c> for a server without a socket.
    /// </summary>
    public string Protocol { get; }

    /// <summary>
    /// The client's end; for a child with a datagram socket the sender that woke it; null for one with a listening socket, which serves
    /// many.
    /// </summary>
    public EndPoint? Peer { get; private set; }

    /// <summary>The client's user, group and process, for a unix socket.</summary>
    public PeerCredentials? Credentials { get; private set; }

    /// <summary>The client as the log names it: a client of a unix socket has no address.</summary>
    public object PeerName => Credentials is { } unix ? $"uid:{unix.Uid} pid:{unix.Pid}" : Peer ?? (object)"any";

    /// <summary>The address and port that the client asked for; <c>none</c> for a server without a socket of the map.</summary>
    public EndPoint Local { get; private set; }

    /// <summary>The proxy that has named the client, as the log would name a client; null: the client has connected itself.</summary>
    public object? ProxyName { get; private set; }

    /// <summary>
    /// What identifies the connection to the system: its own ends, whichever a proxy has named, and its cookie; null where it has no such
    /// ends, or the cookie was not asked for.
    /// </summary>
    internal (IPEndPoint Local, IPEndPoint Peer, ulong Cookie)? Listed =>
        (Cookie, _ends) is ({ } cookie, (IPEndPoint local, IPEndPoint peer)) ? (local, peer, cookie) : null;

    /// <summary>Whether it is a session of datagrams. In the worker that forwards it.</summary>
    internal bool HasDatagrams { get; init; }

    /// <summary>Bytes that a handler received.</summary>
    public long BytesReceived { get; internal set; }

    /// <summary>Bytes that a handler sent.</summary>
    public long BytesSent { get; internal set; }

    /// <summary>The child that serves it; null for a handler, and for a child that could not be started.</summary>
    public int? Pid { get; internal set; }

    /// <summary>The worker that serves it; null: a handler inside the daemon serves it, or a child.</summary>
    public int? WorkerPid { get; internal set; }

    /// <summary>The target to which it is forwarded; null: none has answered yet, or it is not forwarded.</summary>
    public string? Target { get; internal set; }

    /// <summary>How its target, or the lack of one, has ended it; null: it has not. In the worker that forwards it.</summary>
    internal ConnectionEnd? EndOfTarget { get; set; }

    /// <summary>What was agreed in the TLS handshake of a child's client; null: it is not encrypted.</summary>
    internal TlsSession? Tls { get; set; }

    /// <summary>What the child used, once it has ended.</summary>
    public ChildEnd? Usage { get; internal set; }

    /// <summary>
    /// Whether the log has its start and its end; decided once, at admission. The lines of its handler or child have budgets of their own.
    /// </summary>
    internal bool IsLogged { get; set; }

    /// <summary>What the log has of it, by the map with which it began.</summary>
    internal ServiceLog Log { get; }

    /// <summary>The service, of the map with which the connection began.</summary>
    internal ServiceUse Use { get; }

    /// <summary>
    /// What tells the connection from a later one with the same four numbers (SO_COOKIE); null where it was not asked for.
    /// </summary>
    internal ulong? Cookie { get; set; }

    /// <summary>The key of the time limit that it has exceeded; null while it has exceeded none.</summary>
    public string? TimedOutBy { get; internal set; }

    /// <summary>Whether an operator has aborted it.</summary>
    internal bool IsAborted
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>The values in the header of the proxy that a target gets too; empty: none.</summary>
    internal ReadOnlyMemory<byte> ProxyValues { get; set; }

    /// <summary>A proxy has named the client, and the end that the client connected to.</summary>
    internal void NameClient(IPEndPoint client, IPEndPoint local, ReadOnlyMemory<byte> values) =>
        (ProxyName, Peer, Local, Credentials, ProxyValues) = (PeerName, client, local, null, values);

    /// <summary>Takes the ends that a proxy has named for the same connection at another service.</summary>
    internal void NameClientAs(ConnectionRecord before)
    {
        if (before.ProxyName is { } proxy)
        {
            (ProxyName, Peer, Local, Credentials, ProxyValues) = (proxy, before.Peer, before.Local, null, before.ProxyValues);
        }
    }

    /// <summary>The record of the connection to its target, which no tally has.</summary>
    internal ConnectionRecord OfTarget(EndPoint target, long now) => new(Id, Use, Protocol, target, Local, null, now, Lease);

    /// <summary>Its share of the limits of its service.</summary>
    internal IDisposable Lease { get; }

    /// <summary>When it was accepted, a timestamp of the <see cref="TimeProvider"/>.</summary>
    internal long Started { get; }
}
