using System.Net.Sockets;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server;

/// <summary>Makes the paths behind the sockets of a map when the map comes into force.</summary>
internal sealed class Dispatcher(Configuration configuration, Stages stages) : IReceiver
{
    /// <inheritdoc/>
    public IConnectionPath Open(SocketPlace place, Backlog backlog, IRestingListener listener)
    {
        var service = place.Port.Service;
        var handler = configuration.HandlerOf(service);
        return new ConnectionPath(
            place, backlog, listener, stages.Gates.Of(service.Name), handler, handler is null ? configuration.ChildrenOf(service) : null,
            stages);
    }

    /// <inheritdoc/>
    public bool MayBlock(Service service) => configuration.HandlerOf(service) is not { IsBuiltin: true };

    /// <inheritdoc/>
    public IDatagramReceiver Datagrams(SocketPlace place, Socket socket)
    {
        var handler = configuration.HandlerOf(place.Port.Service)!;
        var gate = stages.Gates.Of(place.Port.Service.Name).DatagramsBy(configuration.DatagramPorts, handler.IsBuiltin);
        return new DatagramPath(handler, socket, gate, stages.Tally.Datagrams(handler.Use), stages.Time);
    }

    /// <inheritdoc/>
    public async ValueTask<IShare?> EnterAsync(Service service, CancellationToken stopping)
    {
        var lease = await stages.Gates.Of(service.Name).EnterAsync(stopping).ConfigureAwait(false);
        return lease is null ? null : new Share(configuration.ChildrenOf(service), lease, stages);
    }
}
