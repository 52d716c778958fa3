using System.Net;
using NetSuperd.Platform;

namespace NetSuperd.Server.Tally;

/// <summary>
/// The record of one connection from accept to end, or of one child that got the listening or datagram socket itself. Counters and log
/// records derive from it.
/// </summary>
public sealed class ConnectionRecord : CountedConnection
{
    // A live connection keeps its record, so what it has of few of them must not take room in all. 0: none.
    private ulong _cookie;
    private int _pid;
    private int _workerPid;
    private ProxyClaim? _proxy;

    internal ConnectionRecord(
        long id, ServiceUse use, string protocol, EndPoint? peer, EndPoint local, PeerCredentials? credentials, long started,
        IDisposable lease, ServiceLog? log = null)
        : base(id, use, peer, local, started)
    {
        Protocol = protocol;
        Credentials = credentials;
        Lease = lease;
        Log = log ?? ServiceLog.Default;
        IsLogged = Log.Names == LoggedConnections.All;
    }

    /// <summary>
    /// The name of its protocol: <c>TCP</c>, <c>UDP</c>, <c>UNIX</c>, <c>VSOCK</c>; <c>NONE</c> for a server without a socket.
    /// </summary>
    public string Protocol { get; }

    /// <summary>The client's user, group and process, for a unix socket.</summary>
    public PeerCredentials? Credentials { get; private set; }

    /// <summary>The client as the log names it: a client of a unix socket has no address.</summary>
    public object PeerName => Credentials is { } unix ? $"uid:{unix.Uid} pid:{unix.Pid}" : Peer ?? (object)"any";

    /// <summary>The proxy that has named the client, as the log would name a client; null: the client has connected itself.</summary>
    public object? ProxyName => _proxy?.Name;

    /// <summary>
    /// What identifies the connection to the system: its own ends, whichever a proxy has named, and its cookie; null where it has no such
    /// ends, or the cookie was not asked for.
    /// </summary>
    internal (IPEndPoint Local, IPEndPoint Peer, ulong Cookie)? Listed =>
        (Cookie, _proxy?.Local ?? Local, _proxy is null ? Peer : _proxy.Peer) is ({ } cookie, IPEndPoint local, IPEndPoint peer)
            ? (local, peer, cookie) : null;

    /// <summary>Whether it is a session of datagrams. In the worker that forwards it.</summary>
    internal bool HasDatagrams { get; init; }

    /// <summary>
    /// The socket from which its target is reached, with the address of the client; null: any. In the worker that forwards it.
    /// </summary>
    internal StreamSocket? Source { get; init; }

    /// <summary>The child that serves it; null for a handler, and for a child that could not be started.</summary>
    public int? Pid
    {
        get => _pid == 0 ? null : _pid;
        internal set => _pid = value ?? 0;
    }

    /// <summary>The worker that serves it; null: a handler inside the daemon serves it, or a child.</summary>
    public int? WorkerPid
    {
        get => _workerPid == 0 ? null : _workerPid;
        internal set => _workerPid = value ?? 0;
    }

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

    /// <summary>
    /// What tells the connection from a later one with the same four numbers (SO_COOKIE); null where it was not asked for.
    /// </summary>
    internal ulong? Cookie
    {
        get => _cookie == 0 ? null : _cookie;
        set => _cookie = value ?? 0;
    }

    /// <summary>Whether an operator has aborted it.</summary>
    internal bool IsAborted
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>The values in the header of the proxy that a target gets too; empty: none.</summary>
    internal ReadOnlyMemory<byte> ProxyValues
    {
        get => _proxy?.Values ?? default;
        init => _proxy = value.IsEmpty ? null : new ProxyClaim(null, Local, Peer, value);
    }

    /// <summary>A proxy has named the client, and the end that the client connected to.</summary>
    internal void NameClient(IPEndPoint client, IPEndPoint local, ReadOnlyMemory<byte> values) =>
        NameClient(PeerName, client, local, values);

    /// <summary>Takes the ends that a proxy has named for the same connection at another service.</summary>
    internal void NameClientAs(ConnectionRecord before)
    {
        if (before.ProxyName is { } proxy)
        {
            NameClient(proxy, before.Peer, before.Local, before.ProxyValues);
        }
    }

    private void NameClient(object proxy, EndPoint? client, EndPoint local, ReadOnlyMemory<byte> values) =>
        (_proxy, Peer, Local, Credentials) = (new ProxyClaim(proxy, Local, Peer, values), client, local, null);

    /// <summary>Its share of the limits of its service.</summary>
    internal IDisposable Lease { get; }

    /// <summary>What a proxy has said in place of the client, and the ends of the connection itself.</summary>
    private sealed record ProxyClaim(object? Name, EndPoint Local, EndPoint? Peer, ReadOnlyMemory<byte> Values);
}
