using NetSuperd.Server.Listen;

namespace NetSuperd.Server;

/// <summary>The parts that a <see cref="Superserver"/> has from its start on.</summary>
/// <param name="Sockets">The listeners.</param>
/// <param name="Stages">The stages behind the listeners.</param>
/// <param name="Times">Ends what has lasted too long.</param>
/// <param name="Handover">Gives the sockets to a successor; null: the system cannot.</param>
/// <param name="Overview">An operator's view of the services.</param>
/// <param name="Services">What an operator does with the services.</param>
internal sealed record StartedServer(
    ListenerSet Sockets,
    Stages Stages,
    TimeLimits Times,
    ISocketHandover? Handover,
    Overview Overview,
    ServiceControl Services)
{
    /// <summary>Stops accepting for good.</summary>
    public async Task CloseAsync()
    {
        await Sockets.StopAsync().ConfigureAwait(false);
        await Stages.Headers.StopAsync().ConfigureAwait(false);
    }
}
