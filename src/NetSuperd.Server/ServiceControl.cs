using Microsoft.Extensions.Logging;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>What an operator does with one service: pause and resume, stop and start, and signal its children.</summary>
public sealed class ServiceControl
{
    private readonly ListenerSet _sockets;
    private readonly IProcesses _processes;
    private readonly ChangeTurn _turn;
    private readonly ILogger _logger;
    private volatile Map _map;

    internal ServiceControl(ListenerSet sockets, IProcesses processes, ChangeTurn turn, ILogger logger, Map map) =>
        (_sockets, _processes, _turn, _logger, _map) = (sockets, processes, turn, logger, map);

    /// <summary>Lets the clients of a service wait in the backlog.</summary>
    /// <returns>False where the map has no such service.</returns>
    public Task<bool> PauseAsync(string service) => ChangeAsync(service, async () =>
    {
        await _sockets.PauseAsync(service).ConfigureAwait(false);
        _logger.Paused(service);
    });

    /// <summary>Accepts again what <see cref="PauseAsync"/> has stopped.</summary>
    /// <returns>False where the map has no such service.</returns>
    public Task<bool> ResumeAsync(string service) => ChangeAsync(service, () =>
    {
        _sockets.Resume(service);
        _logger.Resumed(service);
        return Task.CompletedTask;
    });

    /// <summary>Lets the clients of a service wait in the backlog, and asks its children to end.</summary>
    /// <param name="service">The service.</param>
    /// <param name="now">Whether they have no drain time.</param>
    /// <returns>Completes with the last of the children; null where the map has no such service.</returns>
    public async Task<Task?> StopAsync(string service, bool now)
    {
        var ended = Task.CompletedTask;
        return await ChangeAsync(service, async () =>
        {
            var shared = await _sockets.StopAsync(service, DrainOf(now)).ConfigureAwait(false);
            ended = Task.WhenAll(shared, EndConnectionsAsync(service, now));
            _logger.ServiceStopped(service);
        }).ConfigureAwait(false) ? ended : null;
    }

    /// <summary>Asks the children of a service that each have a connection to end, and completes with the last of them.</summary>
    public async Task EndConnectionsAsync(string service, bool now)
    {
        // The children of clients that were accepted just before are being started.
        await _processes.SettleAsync().ConfigureAwait(false);
        await _processes.EndConnectionsAsync(service, DrainOf(now)).ConfigureAwait(false);
    }

    /// <summary>Serves again what <see cref="StopAsync"/> has stopped, and starts a server that has ended.</summary>
    /// <returns>False where the map has no such service.</returns>
    public Task<bool> StartAsync(string service) => ChangeAsync(service, async () =>
    {
        await _sockets.StartAsync(service).ConfigureAwait(false);
        _logger.ServiceStarted(service);
    });

    /// <summary>Signals the children of a service, each alone and not its session.</summary>
    /// <param name="service">The service.</param>
    /// <param name="signal">The signal.</param>
    /// <returns>How many got it; null where the map has no such service.</returns>
    /// <exception cref="CallException">No descriptor is left.</exception>
    public async Task<int?> SignalAsync(string service, int signal)
    {
        using var turn = await _turn.TakeAsync().ConfigureAwait(false);
        if (!Knows(service))
        {
            return null;
        }

        // Those of this process come first: a server of the process before it that ends by the signal is followed at once by one of this
        // process, which must not get the signal as well.
        var count = _processes.Signal(service, signal, all: true);
        var reached = new HashSet<int>();
        if (!_turn.IsClosed)
        {
            _sockets.SignalOthers(service, signal, reached);
        }

        return count + reached.Count;
    }

    /// <inheritdoc cref="ListenerSet.NoteHeld"/>
    public void NoteHeld(string service, bool? isPaused = null, bool? isStopped = null) =>
        _sockets.NoteHeld(service, isPaused, isStopped);

    /// <summary>Logs a signal that the operator has sent.</summary>
    public void LogSignal(string service, int signal, int processes) => _logger.ServiceSignalled(SignalName.Of(signal), processes, service);

    /// <summary>
    /// Signals the children of a service that each have a connection, for a successor: it signals those that share a socket itself.
    /// </summary>
    /// <returns>How many got it.</returns>
    public int SignalConnections(string service, int signal) => _processes.Signal(service, signal, all: false);

    /// <summary>Switches to another map.</summary>
    internal void Show(Map map) => _map = map;

    private bool Knows(string service) => _map.Services.Any(known => known.Name == service);

    private TimeSpan DrainOf(bool now) => now ? TimeSpan.Zero : _map.Daemon.Drain;

    private async Task<bool> ChangeAsync(string service, Func<Task> change)
    {
        using var turn = await _turn.TakeAsync().ConfigureAwait(false);
        if (!Knows(service))
        {
            return false;
        }

        await (_turn.IsClosed ? Task.CompletedTask : change()).ConfigureAwait(false);
        return true;
    }
}
