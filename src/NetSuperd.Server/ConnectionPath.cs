using NetSuperd.Native;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The path of a connection from the accept to its handler or child, behind one listening socket by one map.</summary>
/// <remarks>
/// Everything is done on the listener's loop, where nothing blocks: the listener rests where a client has to wait, and is woken later.
/// </remarks>
/// <param name="place">The socket.</param>
/// <param name="backlog">Its clients.</param>
/// <param name="listener">Its listener.</param>
/// <param name="gate">The gates of its service.</param>
/// <param name="handler">The handler of the service; null: it has children.</param>
/// <param name="children">Its children; null: it has a handler.</param>
/// <param name="stages">The stages.</param>
internal sealed class ConnectionPath(
    SocketPlace place, Backlog backlog, IRestingListener listener, ServiceGates gate, HandlerInstance? handler, ChildService? children,
    Stages stages)
    : IConnectionPath, IGateQueue, IWaitsForRoom
{
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
        if (children is not null && stages.Spawner.MustWait(children, this))
        {
            return AcceptOutcome.Waits;
        }

        if (gate.TryEnter(mayWait ? _wait ??= new GateWait(this) : null) is not { } lease)
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

        if (stages.Tally.Open(handler?.Use ?? children!.Use, place.Protocol, socket, lease) is not { } record)
        {
            socket.Dispose();
            lease.Dispose();
            stages.Logger.ConnectionGone(place.Port.Service.Name);
            return AcceptOutcome.HandedOn;
        }

        return Admit(new Client(socket, record, lease), mayWait);
    }

    /// <inheritdoc/>
    public AcceptOutcome Resume() => Continue(mayWait: true);

    /// <inheritdoc/>
    public void Close() => Continue(mayWait: false);

    /// <summary>There may be a place, a token, or room for a child now.</summary>
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
        return Admit(waiting, mayWait);
    }

    /// <summary>Judges an accepted client, and hands it on. A failure costs that connection only.</summary>
    private AcceptOutcome Admit(in Client client, bool mayWait)
    {
        var (socket, record, lease) = client;
        try
        {
            if (lease.NeedsToken && TcpInfo.Of(socket) is { IsClosed: true })
            {
                // The token is given back: resets from many addresses would otherwise use up the rate.
                socket.Dispose();
                stages.Tally.Close(record, ConnectionEnd.Reset);
                return AcceptOutcome.HandedOn;
            }

            var verdict = gate.Judge(lease, record, socket, mayWait);
            if (lease.NeedsToken)
            {
                gate.WaitForToken(_wait!);
                _waiting = client;
                return AcceptOutcome.Waits;
            }

            if (verdict.Reason is { } refusal)
            {
                stages.Runner.Refuse(socket, record, refusal, place.Port.Service.Admission.BannerRefused);
                return AcceptOutcome.HandedOn;
            }

            stages.LogShare.Judge(record);
            if (handler is not null)
            {
                stages.Runner.Start(handler, socket, record, place.Port.Service.Admission);
            }
            else
            {
                // The kernel answers later questions of an operator about the connection.
                record.Cookie = SocketCookie.Of(socket);
                stages.Spawner.Start(children!, socket, place.Port.Name, record);
            }
        }
        catch (Exception failure)
        {
            socket.Dispose();
            stages.Logger.DispatchFailed(failure, record.Id, place.Port.Service.Name);
            stages.Tally.Close(record, ConnectionEnd.Failed);
        }

        return AcceptOutcome.HandedOn;
    }

    /// <summary>A client that has been accepted and is not served yet.</summary>
    private readonly record struct Client(StreamSocket Socket, ConnectionRecord Record, Lease Lease);
}
