using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;

namespace NetSuperd.Server;

/// <summary>The path of a connection from the accept to its handler or child, behind one listening socket by one map.</summary>
/// <remarks>
/// Everything is done on the listener's loop, where nothing blocks: the listener waits where a client has to wait, and is woken later.
/// </remarks>
/// <param name="place">The socket.</param>
/// <param name="backlog">Its clients.</param>
/// <param name="listener">Its listener.</param>
/// <param name="entrance">The way of its clients into the service.</param>
/// <param name="stages">The stages.</param>
internal sealed class ConnectionPath(
    SocketPlace place, Backlog backlog, IWaitingListener listener, Entrance entrance, Stages stages)
    : IConnectionPath, IGateQueue, IWaitsForRoom
{
    private readonly PeerRules? _trusted = place.Port.Trusted is { } trusted ? new PeerRules(trusted, []) : null;
    private GateWait? _wait;
    private Client? _waiting;

    /// <inheritdoc/>
    public bool HasClient => _waiting is not null;

    /// <inheritdoc/>
    public int? Behind => backlog.Count;

    /// <inheritdoc/>
    public bool IsEmpty => backlog.IsEmpty;

    /// <inheritdoc/>
    public AcceptOutcome Receive(bool mayWait)
    {
        if (entrance.MustWait(this))
        {
            return AcceptOutcome.Waits;
        }

        if (entrance.Gates.TryEnter(mayWait ? _wait ??= new GateWait(this) : null) is not { } lease)
        {
            return _wait!.HasBegun ? AcceptOutcome.Waits : AcceptOutcome.Full;
        }

        StreamSocket? socket = null;
        try
        {
            socket = backlog.Accept();
        }
        finally
        {
            if (socket is null)
            {
                lease.Dispose();
            }
        }

        if (socket is null)
        {
            return AcceptOutcome.None;
        }

        if (stages.Tally.Open(entrance.Use, place.Port.Key.Transport.ProtocolNameOf(socket), socket, lease) is not { } record)
        {
            entrance.Forget(socket, lease);
            return AcceptOutcome.HandedOn;
        }

        var client = new Client(socket, record, lease);
        if (_trusted is not null)
        {
            stages.Headers.Receive(client, entrance, place.Port.Service, _trusted);
            return AcceptOutcome.HandedOn;
        }

        return entrance.Admit(client, mayWait) ? AcceptOutcome.HandedOn : Wait(client);
    }

    /// <inheritdoc/>
    public AcceptOutcome Resume() => Continue(mayWait: true);

    /// <inheritdoc/>
    public void Close() => Continue(mayWait: false);

    /// <summary>There may be a free connection, a token, or room for a child now.</summary>
    public void Wake() => listener.Wake();

    /// <inheritdoc/>
    public void RoomMade() => listener.Wake();

    private AcceptOutcome Continue(bool mayWait)
    {
        _wait?.End();
        if (_waiting is not { } waiting)
        {
            return AcceptOutcome.None;
        }

        _waiting = null;
        return entrance.Admit(waiting, mayWait) ? AcceptOutcome.HandedOn : Wait(waiting);
    }

    private AcceptOutcome Wait(in Client client)
    {
        entrance.Gates.Wait(client.Lease.WaitsAt!, _wait!);
        _waiting = client;
        return AcceptOutcome.Waits;
    }
}
