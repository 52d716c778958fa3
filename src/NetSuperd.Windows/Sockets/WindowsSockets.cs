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
/// <param name="names">Tells the numbers of network interfaces.</param>
internal sealed class WindowsSockets(INames names) : ISockets
{
    /// <inheritdoc/>
    public Readiness CreateReadiness() => new WindowsReadiness();

    /// <inheritdoc/>
    public DatagramBatch CreateBatch() => new WindowsDatagramBatch();

    /// <inheritdoc/>
    public Socket Bind(SocketPlace place, bool sharesPort) => WindowsListener.Bind(
        new IPEndPoint(InterfaceOf(place) == 0 ? place.Address! : place.Scoped(names), (int)place.Port.Key.Number),
        place.Port.Key.Transport.SocketType,
        OptionsOf(place.Port) with
        {
            IsExclusive = !sharesPort || !HostAddress.IsEvery(place.Address!),
            GroupInterface = InterfaceOf(place),
        });

    /// <inheritdoc/>
    public void Apply(Socket socket, Port port, Port? before = null) =>
        WindowsListener.Apply(socket, OptionsOf(port), before is null ? null : OptionsOf(before));

    /// <inheritdoc/>
    public void JoinGroup(Socket socket, SocketPlace place)
    {
        if (place.Port.Key.IsGroup)
        {
            WindowsListener.JoinAgain(socket, place.Address!, InterfaceOf(place));
        }
    }

    /// <inheritdoc/>
    public void SharePort(Socket socket, bool share)
    {
        // Windows decides that at the bind: Host.SharesPortLater.
    }

    /// <inheritdoc/>
    public SocketFilter? Lock(Socket socket, SocketFilter? filter) => null;

    /// <inheritdoc/>
    public ISocketFile? FileOf(SocketPlace place) => null;

    /// <inheritdoc/>
    public uint InterfaceOf(Socket socket) => GroupSocket.Of(socket.SafeHandle)?.Interface ?? (socket.LocalEndPoint is IPEndPoint
    {
        Address: { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: var index },
    }
        ? (uint)index
        : 0);

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
    public string HolderOf(SocketPlace place) => place.Port.Key.IsGroup || place.Port.LeavesGroups
        ? "Windows has the socket of a multicast group on every address, so no other socket can have its port: choose another port"
        : "another program has the port, or Windows has reserved it (netsh interface ipv4 show excludedportrange): end it or choose "
            + "another";

    /// <inheritdoc/>
    public string? RemedyOf(SocketPlace place, Errno errno) => errno switch
    {
        Errno.EOPNOTSUPP or Errno.ENOPROTOOPT => "this version of Windows does not have all options of the entry",
        Errno.ENODEV or Errno.ENETUNREACH when place.Port.Key.IsGroup => "no network interface is there for the multicast group",
        _ => null,
    };

    /// <inheritdoc/>
    public INetworkChanges WatchNetwork(EventLoop loop, Action changed) => new AddressReports(changed);

    /// <summary>The number of the network interface that a place names; 0: it names none.</summary>
    /// <exception cref="CallException">There is no such interface: ENODEV.</exception>
    private int InterfaceOf(SocketPlace place) => place.Zone is not { } zone ? 0
        : names.InterfaceOf(zone) is > 0 and var index ? (int)index
        : throw new CallException("bind", place.Local, Errno.ENODEV);

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
