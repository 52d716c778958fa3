using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Listen;

/// <summary>What Linux does with the sockets of the map.</summary>
internal sealed class LinuxSockets : ISockets
{
    /// <summary>The own end of a socket that the runtime knows, or of one of vsock(7), which it does not.</summary>
    public static EndPoint EndOf(Socket socket)
    {
        if (socket.LocalEndPoint is { } local)
        {
            return SocketEnds.Unmapped(local);
        }

        var end = VsockAddress.LocalOf(socket.SafeHandle)!.Value;
        return new VsockEndPoint(end.Cid, end.Port);
    }

    /// <inheritdoc/>
    public Readiness CreateReadiness() => new Epoll();

    /// <inheritdoc/>
    public DatagramBatch CreateBatch() => new LinuxDatagramBatch();

    /// <inheritdoc/>
    public Socket Bind(SocketPlace place, bool sharesPort) => place.Port.Key.Transport.Family switch
    {
        TransportFamily.Ip => NewSocket.OfIp(place, place.Address!, sharesPort),
        TransportFamily.Unix => NewSocket.OfUnix(place),
        TransportFamily.Vsock => NewSocket.OfVsock(place),
        var family => throw Transports.Unknown(family),
    };

    /// <inheritdoc/>
    public void Apply(Socket socket, Port port, Port? before = null) => SocketOptions.Apply(socket, port, before);

    /// <inheritdoc/>
    public void JoinGroup(Socket socket, SocketPlace place) => SocketOptions.JoinGroup(socket, place);

    /// <inheritdoc/>
    public void SharePort(Socket socket, bool share) => ListenOptions.SharePort(socket, share);

    /// <inheritdoc/>
    public SocketFilter? Lock(Socket socket, SocketFilter? filter) => SocketFilter.Of(socket) ?? filter?.Lock(socket);

    /// <inheritdoc/>
    public ISocketFile? FileOf(SocketPlace place) => SocketFile.Of(place.Port.Key.Path);

    /// <inheritdoc/>
    /// <remarks>The system is asked: the runtime drops the interface of a multicast group.</remarks>
    public uint InterfaceOf(Socket socket) => (uint)(InheritedSocket.Describe(socket.SafeHandle)?.Local?.Address.ScopeId ?? 0);

    /// <inheritdoc/>
    public AddressFamily FamilyOf(Socket socket) => socket.RealFamily;

    /// <inheritdoc/>
    public void SetNonBlocking(Socket listener) => StreamListener.SetNonBlocking(listener.SafeHandle);

    /// <inheritdoc/>
    public StreamSocket? Accept(SafeHandle listener, AddressFamily family, int? priority, out Errno errno)
    {
        var socket = StreamListener.Accept(listener, family, out errno);
        if (priority is { } value)
        {
            socket?.SetPriority(value);
        }

        return socket;
    }

    /// <inheritdoc/>
    public int? WaitingOn(BoundSocket socket) => PendingConnections.CountOf(socket);

    /// <inheritdoc/>
    public int? PendingOn(Socket listener) => TcpInfoReader.PendingOn(listener.SafeHandle);

    /// <inheritdoc/>
    public long? DropsOf(Socket socket) => SocketDrops.Of(socket);

    /// <inheritdoc/>
    public void PrepareDatagrams(Socket socket) => LinuxDatagramBatch.Prepare(socket);

    /// <inheritdoc/>
    /// <remarks>
    /// A filter drops their first segment: they send it again after a second, and reach the socket that has taken over the port, or learn
    /// that no process listens.
    /// </remarks>
    public bool KeepAway(Socket listener)
    {
        try
        {
            ListenFilter.Attach(listener);
            return true;
        }
        catch (CallException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool HasHandshakes(IPEndPoint listener) => SocketDiagnosis.Handshakes(listener) is { Count: > 0 };

    /// <inheritdoc/>
    public bool HasAddress(IPAddress address, string? device) => AddressProbe.IsThere(address, device);

    /// <inheritdoc/>
    public bool IsForAbsentAddress(Socket socket) => AddressProbe.IsOptional(socket);

    /// <inheritdoc/>
    public bool IsDeviceGone(Socket socket) => SocketDevice.IsGone(socket);

    /// <inheritdoc/>
    public Errno ErrnoOf(SocketException failure) => failure.Errno();

    /// <inheritdoc/>
    public string HolderOf(SocketPlace place) => PortHolder.Describe(place);

    /// <inheritdoc/>
    public string? RemedyOf(SocketPlace place, Errno errno) => BindRemedy.Of(place, errno);

    /// <inheritdoc/>
    public INetworkChanges WatchNetwork(EventLoop loop, Action changed) => new NetworkReports(loop, changed);
}
