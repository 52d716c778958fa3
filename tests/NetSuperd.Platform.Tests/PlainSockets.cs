using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Platform.Tests;

/// <summary>The sockets of .NET, without their queues and the interfaces of the host.</summary>
internal sealed class PlainSockets : ISockets
{
    public Readiness CreateReadiness() => new PlainReadiness();

    public DatagramBatch CreateBatch() => new PlainBatch();

    public Socket Bind(SocketPlace place, bool sharesPort)
    {
        var transport = place.Port.Key.Transport;
        var socket = new Socket(place.Address!.AddressFamily, transport.SocketType, transport.Protocol);
        socket.ExclusiveAddressUse = !sharesPort;
        try
        {
            socket.Bind(new IPEndPoint(place.Address, (int)place.Port.Key.Number));
            socket.Blocking = false;
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    public void Apply(Socket socket, Port port, Port? before = null)
    {
        // It keeps the options of a new socket.
    }

    public void JoinGroup(Socket socket, SocketPlace place)
    {
        // It has no groups.
    }

    public void SharePort(Socket socket, bool share)
    {
        // Decided at the bind.
    }

    public SocketFilter? Lock(Socket socket, SocketFilter? filter) => null;

    public ISocketFile? FileOf(SocketPlace place) => null;

    public uint InterfaceOf(Socket socket) => 0;

    public AddressFamily FamilyOf(Socket socket) => socket.AddressFamily;

    public void SetNonBlocking(Socket listener) => listener.Blocking = false;

    public StreamSocket? Accept(SafeHandle listener, AddressFamily family, int? priority, out Errno errno)
    {
        try
        {
            errno = default;
            return new PlainStreamSocket(PlainError.SocketOf(listener).Accept());
        }
        catch (SocketException failure)
        {
            errno = PlainError.Errno(failure.SocketErrorCode);
            return null;
        }
    }

    public int? WaitingOn(BoundSocket socket) => null;

    public int? PendingOn(Socket listener) => null;

    public long? DropsOf(Socket socket) => null;

    public void PrepareDatagrams(Socket socket)
    {
        // The runtime asks for the address that a datagram was sent to.
    }

    public bool KeepAway(Socket listener) => false;

    public bool HasHandshakes(IPEndPoint listener) => false;

    public bool HasAddress(IPAddress address, string? device) => true;

    public bool IsForAbsentAddress(Socket socket) => false;

    public bool IsDeviceGone(Socket socket) => false;

    public Errno ErrnoOf(SocketException failure) => PlainError.Errno(failure.SocketErrorCode);

    public string HolderOf(SocketPlace place) => "another program has the port: end it";

    public string? RemedyOf(SocketPlace place, Errno errno) => null;

    public INetworkChanges? WatchNetwork(EventLoop loop, Action changed) => null;
}
