using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Hosting;

/// <summary>What an operator may ask of the daemon, and what of it the process before this one still has to be asked.</summary>
internal static class OperatorCalls
{
    /// <summary>The calls of a daemon.</summary>
    public static DaemonControls Of(Daemon daemon) => new()
    {
        Status = async _ => daemon.Server.Status() with { Lingering = await LingeringAsync(daemon) },
        Connections = async _ => [.. await BeforeAsync(daemon) ?? [], .. daemon.Server.Connections()],
        Abort = async (id, _) => daemon.Server.Abort(id)
            || await AskBeforeAsync(daemon, ControlRequest.Of(ControlCommand.Abort) with { Id = id }) is { Status: ExitStatus.Ok },
        Pause = (service, _) => daemon.Server.PauseAsync(service),
        Resume = (service, _) => daemon.Server.ResumeAsync(service),
        Reload = async (dryRun, _) =>
        {
            var outcome = await daemon.ReloadAsync(dryRun);
            return (outcome.Status, outcome.Messages, outcome.Changes);
        },
        Restart = async _ =>
        {
            var outcome = await daemon.RestartAsync();
            return (outcome.Status, [.. outcome.Messages.Select(message => $"netsuperd: {message}")], outcome.Pid);
        },
        Stop = daemon.Stop,
        Look = (peer, socket) => daemon.Server.Look(peer, socket),
        Map = () => daemon.Server.Configuration.Entries(),
    };

    private static async Task<IReadOnlyList<LingeringProcess>> LingeringAsync(Daemon daemon) =>
        await AskBeforeAsync(daemon, ControlRequest.Of(ControlCommand.Status)) is { Daemon: { } before }
            ? [new LingeringProcess(before.Pid, before.Started, before.Connections), .. before.Lingering]
            : [];

    /// <summary>The connections of the processes before this one; null where they do not say.</summary>
    public static async Task<IReadOnlyList<LiveConnection>?> BeforeAsync(Daemon daemon) => daemon.Predecessor is null or { Ended.IsCompleted: true } ? []
        : (await AskBeforeAsync(daemon, ControlRequest.Of(ControlCommand.Connections)))?.Connections is { } connections
            ? [.. connections.Select(connection => connection.ToLive())]
        : null;

    private static async Task<ControlAnswer?> AskBeforeAsync(Daemon daemon, ControlRequest request) =>
        daemon.Predecessor is { } before ? await before.AskAsync(request) : null;
}
