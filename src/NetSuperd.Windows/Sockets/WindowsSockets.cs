using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>What Windows does with the sockets of the map.</summary>
internal sealed class WindowsSockets : ISockets
{
    /// <inheritdoc/>
    public Readiness CreateReadiness() => new WindowsReadiness();

    /// <inheritdoc/>
    public DatagramBatch CreateBatch() => new WindowsDatagramBatch();

    /// <inheritdoc/>
    public Socket Bind(SocketPlace place, bool sharesPort) => WindowsListener.Bind(
        new IPEndPoint(place.Scoped(new WindowsNames()), (int)place.Port.Key.Number),
        place.Port.Key.Transport.SocketType,
        OptionsOf(place.Port) with { IsExclusive = !sharesPort || !HostAddress.IsEvery(place.Address!) });

    /// <inheritdoc/>
    public void Apply(Socket socket, Port port, Port? before = null) => WindowsListener.Apply(socket, OptionsOf(port));

    /// <inheritdoc/>
    public void JoinGroup(Socket socket, SocketPlace place)
    {
        // The bind has joined it.
    }

    /// <inheritdoc/>
    public void SharePort(Socket socket, bool share)
    {
        // Windows decides that at the bind.
    }

    /// <inheritdoc/>
    public SocketFilter? Lock(Socket socket, SocketFilter? filter) => null;

    /// <inheritdoc/>
    public ISocketFile? FileOf(SocketPlace place) => null;

    /// <inheritdoc/>
    public uint InterfaceOf(Socket socket) => socket.LocalEndPoint is IPEndPoint
    {
        Address: { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: var index },
    }
        ? (uint)index
        : 0;

    /// <inheritdoc/>
    public AddressFamily FamilyOf(Socket socket) => socket.AddressFamily;

    /// <inheritdoc/>
    public void SetNonBlocking(Socket listener) => listener.Blocking = false;

    /// <inheritdoc/>
    public StreamSocket? Accept(SafeHandle listener, AddressFamily family, int? priority, out Errno errno) =>
        WindowsStreamSocket.Accept(listener, family, out errno);

    /// <inheritdoc/>
    public int? WaitingOn(BoundSocket socket) => null;

    /// <inheritdoc/>
    public int? PendingOn(Socket listener) => null;

    /// <inheritdoc/>
    public long? DropsOf(Socket socket) => null;

    /// <inheritdoc/>
    public void PrepareDatagrams(Socket socket)
    {
        // The bind has done it.
    }

    /// <inheritdoc/>
    public bool KeepAway(Socket listener) => false;

    /// <inheritdoc/>
    public bool HasHandshakes(IPEndPoint listener) => false;

    /// <inheritdoc/>
    public bool HasAddress(IPAddress address, string? device)
    {
        try
        {
            using var probe = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            probe.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode != SocketError.AddressNotAvailable;
        }
    }

    /// <inheritdoc/>
    public bool IsForAbsentAddress(Socket socket) => false;

    /// <inheritdoc/>
    public bool IsDeviceGone(Socket socket) => false;

    /// <inheritdoc/>
    public Errno ErrnoOf(SocketException failure) => WinsockError.OfBind(failure.SocketErrorCode);

    /// <inheritdoc/>
    public string HolderOf(SocketPlace place) =>
        "another program has the port, or Windows has reserved it (netsh interface ipv4 show excludedportrange): end it or choose another";

    /// <inheritdoc/>
    public bool IsSocket(string path) => false;

    /// <inheritdoc/>
    public uint FirstFreePort => 0;

    /// <inheritdoc/>
    public INetworkChanges WatchNetwork(EventLoop loop, Action changed) => new AddressReports(changed);

    private static WindowsListenOptions OptionsOf(Port port) => new()
    {
        ReceiveBuffer = port.ReceiveBuffer,
        SendBuffer = port.SendBuffer,
        NoDelay = port.NoDelay,
        HopLimit = port.TimeToLive,
        KeepAlive = port.KeepAlive.IsOn,
        KeepAliveIdle = port.KeepAlive.Idle,
        KeepAliveInterval = port.KeepAlive.Interval,
        KeepAliveProbes = port.KeepAlive.Probes,
    };

    /// <summary>Reports when the host has got an address or lost one.</summary>
    private sealed class AddressReports : INetworkChanges
    {
        private readonly Action _changed;

        public AddressReports(Action changed)
        {
            _changed = changed;
            NetworkChange.NetworkAddressChanged += Tell;
        }

        public void Dispose() => NetworkChange.NetworkAddressChanged -= Tell;

        private void Tell(object? sender, EventArgs none) => _changed();
    }
}
