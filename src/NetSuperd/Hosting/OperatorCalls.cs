using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Hosting;

/// <summary>What an operator may ask of the daemon, and what of it the processes before this one still have to be asked.</summary>
internal static class OperatorCalls
{
    /// <summary>The calls of a daemon.</summary>
    public static DaemonControls Of(Daemon daemon) => new()
    {
        Status = async _ => daemon.Server.Status() with { Lingering = await LingeringAsync(daemon) },
        Connections = async _ => [.. await ConnectionsBeforeAsync(daemon), .. daemon.Server.Connections()],
        Abort = async (id, _) => daemon.Server.Abort(id) || await AbortBeforeAsync(daemon, id),
        Pause = (service, _) => daemon.PauseAsync(service),
        Resume = (service, _) => daemon.ResumeAsync(service),
        Reload = async (dryRun, _) =>
        {
            var outcome = await daemon.ReloadAsync(dryRun);
            return (outcome.Status, outcome.Messages, outcome.Changes);
        },
        Restart = async _ =>
        {
            var outcome = await daemon.RestartAsync();
            return (outcome.Status, outcome.Messages, outcome.Pid);
        },
        Stop = daemon.StopAsync,
        Look = (peer, socket) => daemon.Server.Look(peer, socket),
        Map = () => daemon.Server.Configuration.Entries(),
    };

    private static async Task<IReadOnlyList<LingeringProcess>> LingeringAsync(Daemon daemon) =>
        [.. (await daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Status)))
            .Select(before => new LingeringProcess(before.Pid, before.Answer?.Daemon?.Started, before.Answer?.Daemon?.Connections))];

    /// <summary>The connections of the processes before this one; null where one of them does not say.</summary>
    public static async Task<IReadOnlyList<LiveConnection>?> BeforeAsync(Daemon daemon)
    {
        var asked = await daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Connections));
        return asked.Any(before => before.Answer is null) ? null : [.. Listed(asked)];
    }

    private static async Task<IEnumerable<LiveConnection>> ConnectionsBeforeAsync(Daemon daemon) =>
        Listed(await daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Connections)));

    private static IEnumerable<LiveConnection> Listed(IReadOnlyList<(int Pid, ControlAnswer? Answer)> asked) =>
        asked.Reverse().SelectMany(before => before.Answer?.Connections ?? []).Select(connection => connection.ToLive());

    private static async Task<bool> AbortBeforeAsync(Daemon daemon, long id) =>
        (await daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Abort) with { Id = id })).Any(before => before.Answer is { Status: ExitStatus.Ok });
}
