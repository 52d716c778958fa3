using System.Collections.Concurrent;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>
/// Opens the paths behind the sockets of a map when the map comes into force, and takes the connections that handlers pass to its services.
/// </summary>
internal sealed class Dispatcher(Configuration configuration, Stages stages) : IReceiver
{
    // The ways into the services to which handlers pass connections.
    private readonly ConcurrentDictionary<string, Entrance> _passed = new();

    /// <inheritdoc/>
    public IConnectionPath Open(SocketPlace place, Backlog backlog, IWaitingListener listener) =>
        new ConnectionPath(place, backlog, listener, EntranceOf(place.Port.Service, place.Port.Name), stages);

    /// <inheritdoc/>
    public bool MayBlock(Service service) => configuration.HandlerOf(service) is not { IsBuiltin: true };

    /// <inheritdoc/>
    public IDatagramReceiver Datagrams(
        SocketPlace place, Socket socket, EventLoop loop, IWaitingListener listener, DescriptorReserve reserve)
    {
        var service = place.Port.Service;
        var isForwarded = service.Forward is not null;
        var handler = configuration.HandlerOf(service);
        var worker = isForwarded ? null : configuration.Processes.DatagramsOf(service, socket.LocalEndPoint!);
        var isBuiltin = !isForwarded && (handler?.IsBuiltin ?? worker!.IsBuiltin);
        var gate = stages.Gates.Of(service.Name).DatagramsBy(configuration.DatagramPorts, isBuiltin);
        return isForwarded
            ? configuration.Processes.SessionsOf(place, socket, loop, listener, reserve, gate, stages)
            : new DatagramPath(
                handler, worker, socket, listener, gate, stages.Tally.Datagrams(handler?.Use ?? worker!.Use), stages.Time)
            {
                HearsItself = place.Port is { Key.Transport.IsRaw: true, Types: null },
            };
    }

    /// <inheritdoc/>
    public ServerRecord RecordOf(Service service) => stages.Tally.Server(service.Name);

    /// <inheritdoc/>
    public async ValueTask<IChildStart?> EnterAsync(Service service, CancellationToken stopping)
    {
        if (service.Kind == ServiceKind.Server)
        {
            return configuration.Processes.Server(service, RecordOf(service), stages);
        }

        var lease = await stages.Gates.Of(service.Name).EnterAsync(stopping).ConfigureAwait(false);
        return lease is null ? null : configuration.Processes.SharedChild(service, lease, stages);
    }

    /// <summary>Whether connections can be passed to a service.</summary>
    public bool Takes(string name) => ServiceNamed(name) is not null;

    /// <summary>Takes a connection that a handler passes to a service.</summary>
    /// <param name="connection">The handler's part of the connection.</param>
    /// <param name="name">The name of the service.</param>
    /// <param name="greeting">What an admitted client gets before the service begins.</param>
    /// <param name="refusal">The line for a refused client; null: the service's own.</param>
    /// <returns>
    /// False where the map has no such service, or has disabled it; null where another map is in force by now, which is to be asked.
    /// </returns>
    public bool? Take(IConnectionHolder connection, string name, ReadOnlyMemory<byte> greeting, string? refusal)
    {
        if (ServiceNamed(name) is not { } service)
        {
            return configuration.IsRetired ? null : false;
        }

        var entrance = _passed.GetOrAdd(name, _ => EntranceOf(service, name));
        entrance.Use.Enter();
        try
        {
            // What a map that is no longer in force has is disposed of when nothing uses it; from here on the connection does.
            if (configuration.IsRetired)
            {
                return null;
            }

            if (connection.GiveAway() is { } socket)
            {
                entrance.Receive(socket, connection.Record, greeting, refusal);
            }

            return true;
        }
        finally
        {
            entrance.Use.Leave();
        }
    }

    private Service? ServiceNamed(string name) =>
        configuration.Map.Services.FirstOrDefault(known => known is { Enabled: true, Unavailable: null } && known.Name == name);

    private Entrance EntranceOf(Service service, string socketName) => new(
        service,
        stages.Gates.Of(service.Name),
        configuration.Processes.DestinationOf(service, socketName, stages)
            ?? new HandlerDestination(configuration.HandlerOf(service)!, stages.Runner, service.Admission),
        stages);
}
