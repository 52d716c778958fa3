using Microsoft.Extensions.Logging;
using NetSuperd.Control;
using NetSuperd.Logging;
using NetSuperd.Platform;
using NetSuperd.Server;

namespace NetSuperd.Hosting;

/// <summary>
/// What the successor may ask of this process, which a restart has replaced and which only keeps its connections. It answers for these,
/// for its log and its end, and refuses every change of what the successor serves now.
/// </summary>
/// <param name="own">What it answers as it did before.</param>
/// <param name="server">The server, which accepts nothing more.</param>
/// <param name="lifetime">Stops it.</param>
/// <param name="successor">The process that has replaced this one.</param>
/// <param name="logger">The log.</param>
internal sealed class LingeringOperator(OwnAnswers own, Superserver server, DaemonLifetime lifetime, int successor, ILogger logger)
    : IOperator
{
    /// <inheritdoc/>
    public int? Successor => successor;

    /// <inheritdoc/>
    public Task<ControlAnswer> StatusAsync(string? service) => Task.FromResult(own.Status().Only(service));

    /// <inheritdoc/>
    public Task<ControlAnswer> ConnectionsAsync(ConnectionFilter filter) => Task.FromResult(
        OwnAnswers.Done() with { Connections = [.. server.Connections().Where(filter.Matches).Select(ListedConnection.From)] });

    /// <inheritdoc/>
    public Task<ControlAnswer> AbortAsync(long id) => Task.FromResult(server.Abort(id) ? OwnAnswers.Done() : OwnAnswers.NoConnection(id));

    /// <summary>The successor has paused a service: no handler of this process passes a connection to it.</summary>
    public Task<ControlAnswer> PauseAsync(string service) => NoteAsync(service, isPaused: true);

    /// <summary>The successor has resumed a service.</summary>
    public Task<ControlAnswer> ResumeAsync(string service) => NoteAsync(service, isPaused: false);

    /// <summary>Nothing of the map changes here, and the answer says that as well.</summary>
    public async Task<ControlAnswer> ReloadAsync(bool dryRun) => await ((IOperator)this).LeaveToSuccessorAsync() with { Changes = [] };

    /// <summary>Reopens the log of this process.</summary>
    public Task<ControlAnswer> ReopenAsync() => own.ReopenAsync();

    /// <summary>Stops this process.</summary>
    public Task<ControlAnswer> StopAsync(bool now)
    {
        lifetime.Stop(now);
        return Task.FromResult(OwnAnswers.Done() with { Pid = Environment.ProcessId });
    }

    /// <summary>
    /// Asks the children of a service that each have a connection to end, and answers at once: later requests of the successor do not wait
    /// for their drain time. The successor ends those that share a socket.
    /// </summary>
    public Task<ControlAnswer> StopServiceAsync(string service, bool now)
    {
        _ = EndConnectionsAsync(service, now);
        return NoteAsync(service, isStopped: true);
    }

    /// <summary>The successor has started a service.</summary>
    public Task<ControlAnswer> StartServiceAsync(string service) => NoteAsync(service, isStopped: false);

    /// <summary>Signals the children of a service that each have a connection. The successor signals those that share a socket.</summary>
    public Task<ControlAnswer> SignalAsync(string service, string signal) => Task.FromResult(
        SignalName.Find(signal) is not { } number ? OwnAnswers.NoSignal(signal)
            : server.Services.SignalConnections(service, number) == 0 ? OwnAnswers.NoProcess(service)
            : OwnAnswers.Done());

    /// <inheritdoc/>
    public Task<ControlAnswer> ExplainAsync(string peer, string socket) => Task.FromResult(own.Explain(peer, socket));

    /// <inheritdoc/>
    public Task<ControlAnswer> MapAsync() => Task.FromResult(own.Map());

    /// <summary>The process lingers until these children have ended, and nothing else waits for them: a failure is logged here.</summary>
    private async Task EndConnectionsAsync(string service, bool now)
    {
        try
        {
            await server.Services.EndConnectionsAsync(service, now);
        }
        catch (Exception failure)
        {
            logger.ControlFailed(failure, ControlCommand.Stop.Word);
        }
    }

    private Task<ControlAnswer> NoteAsync(string service, bool? isPaused = null, bool? isStopped = null)
    {
        server.Services.NoteHeld(service, isPaused, isStopped);
        return Task.FromResult(OwnAnswers.Done());
    }
}
