using NetSuperd.Server.Tally;

namespace NetSuperd.Control;

/// <summary>Which call of the daemon a request is, and how what comes of it is answered.</summary>
internal sealed class ControlCommands(DaemonControls daemon)
{
    /// <summary>Answers a request that <see cref="ControlProtocol"/> has let through.</summary>
    public async Task<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken stopping)
    {
        switch (request.Command)
        {
            case ControlCommand.Status:
                return Done() with { Daemon = await daemon.Status(stopping).ConfigureAwait(false) };
            case ControlCommand.Connections:
                IReadOnlyList<LiveConnection> live = await daemon.Connections(stopping).ConfigureAwait(false);
                return Done() with { Connections = [.. live.Select(ListedConnection.Of)] };
            case ControlCommand.Abort:
                var id = request.Id!.Value;
                return await daemon.Abort(id, stopping).ConfigureAwait(false) ? Done() : Unknown($"netsuperd: there is no connection {id}");
            case ControlCommand.Pause:
                return OfService(request, await daemon.Pause(request.Service!, stopping).ConfigureAwait(false));
            case ControlCommand.Resume:
                return OfService(request, await daemon.Resume(request.Service!, stopping).ConfigureAwait(false));
            case ControlCommand.Reload:
                var reload = await daemon.Reload(request.DryRun ?? false, stopping).ConfigureAwait(false);
                return ControlAnswer.Of(reload.Status, reload.Messages) with { Changes = reload.Changes };
            case ControlCommand.Restart:
                var restart = await daemon.Restart(stopping).ConfigureAwait(false);
                return ControlAnswer.Of(restart.Status, restart.Messages) with { Pid = restart.Pid };
            case ControlCommand.Stop:
                return Done() with { Pid = await daemon.Stop(request.Now ?? false).ConfigureAwait(false) };
            case ControlCommand.Map:
                return Done() with { Entries = daemon.Map().ToDictionary(entry => entry.Path, entry => entry.Value) };
            case ControlCommand.Explain:
                return Done() with { Outlooks = daemon.Look(request.Peer!, request.Socket!) };
            default:
                return Unknown($"netsuperd: there is no command '{request.Command}'");
        }
    }

    private static ControlAnswer Done() => ControlAnswer.Of(ExitStatus.Ok);

    private static ControlAnswer Unknown(string message) => ControlAnswer.Of(ExitStatus.Usage, message);

    private static ControlAnswer OfService(ControlRequest request, (bool IsKnown, string? Obstacle) outcome) =>
        outcome.Obstacle is { } obstacle ? ControlAnswer.Of(ExitStatus.System, $"netsuperd: {obstacle}")
        : outcome.IsKnown ? Done()
        : Unknown($"netsuperd: the map has no service '{request.Service}'");
}
