using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Spawn;

namespace NetSuperd.Server;

/// <summary>The parts that a <see cref="Superserver"/> has from its start on.</summary>
/// <param name="Sockets">The listeners.</param>
/// <param name="Spawner">The children.</param>
/// <param name="Stages">The stages behind the listeners.</param>
/// <param name="Times">Ends what has lasted too long.</param>
/// <param name="Handover">Gives the sockets to a successor.</param>
/// <param name="Overview">An operator's view of the services.</param>
/// <param name="Services">What an operator does with the services.</param>
internal sealed record StartedServer(
    ListenerSet Sockets,
    Spawner Spawner,
    Stages Stages,
    TimeLimits Times,
    SocketHandover Handover,
    Overview Overview,
    ServiceControl Services)
{
    /// <summary>Stops accepting for good.</summary>
    public async Task CloseAsync()
    {
        await Sockets.StopAsync().ConfigureAwait(false);
        await Stages.Headers.StopAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Asks the children to end, and kills after the drain time those that have not. With <c>drain_children = "leave"</c> only servers end:
    /// they would keep their sockets, and the next start could not bind them.
    /// </summary>
    public Task EndChildrenAsync(DaemonSection daemon, CancellationToken now)
    {
        if (daemon.DrainChildren == DrainChildren.Leave)
        {
            return Spawner.Ends.StopServersAsync(daemon.Drain, now);
        }

        // A handler that has a connection may still pass it to a service with children.
        Spawner.QueueNoMore();
        return Spawner.Ends.StopAsync(daemon.Drain, now);
    }
}
