using NetSuperd.Hosting;
using NetSuperd.Server.Tally;

namespace NetSuperd.Control;

/// <summary>Does what an operator asks, or the process that has taken the daemon's place.</summary>
internal sealed class ControlCommands(Daemon daemon)
{
    private static readonly string[] Known = ["status", "connections", "abort", "pause", "resume", "reload", "restart", "stop", "map"];

    /// <summary>Answers a request.</summary>
    public async Task<ControlAnswer> AnswerAsync(ControlRequest request)
    {
        switch (request)
        {
            case { Command: "status" }:
                return ControlAnswer.Done with { Daemon = StatusDocument.Of(daemon.Server.Status(), await LingeringAsync()) };
            case { Command: "connections" }:
                var before = await AskBeforeAsync(request);
                return ControlAnswer.Done with
                {
                    Connections = [.. before?.Connections ?? [], .. daemon.Server.Connections().Select(ConnectionDocument.Of)],
                };
            case { Command: "abort", Id: { } id }:
                return daemon.Server.Abort(id) ? ControlAnswer.Done
                    : await AskBeforeAsync(request) is { Status: ExitStatus.Ok } done ? done
                    : ControlAnswer.Wrong(ExitStatus.Usage, $"there is no connection {id}");
            case { Command: "pause", Service: { } service }:
                return Known(await daemon.Server.PauseAsync(service), service);
            case { Command: "resume", Service: { } service }:
                return Known(await daemon.Server.ResumeAsync(service), service);
            case { Command: "reload" }:
                var reloaded = await daemon.ReloadAsync(request.DryRun ?? false);
                return new ControlAnswer(ControlRequest.Version, reloaded.Status, reloaded.Messages)
                {
                    Changes = [.. reloaded.Changes.Select(change => change.ToString())],
                };
            case { Command: "restart" }:
                var restarted = await daemon.RestartAsync();
                return new ControlAnswer(ControlRequest.Version, restarted.Status, [.. restarted.Messages.Select(message => $"netsuperd: {message}")])
                {
                    Pid = restarted.Pid,
                };
            case { Command: "stop" }:
                daemon.Stop(request.Now ?? false);
                return ControlAnswer.Done with { Pid = Environment.ProcessId };
            case { Command: "map" }:
                return ControlAnswer.Done with { Entries = daemon.Server.Configuration.Entries() };
            default:
                return ControlAnswer.Wrong(ExitStatus.Usage, ControlCommands.Known.Contains(request.Command)
                    ? $"'{request.Command}' needs a service or the number of a connection"
                    : $"there is no command '{request.Command}'");
        }

        static ControlAnswer Known(bool isKnown, string service) =>
            isKnown ? ControlAnswer.Done : ControlAnswer.Wrong(ExitStatus.Usage, $"the map has no service '{service}'");
    }

    private async Task<IReadOnlyList<LingeringProcess>> LingeringAsync() =>
        await AskBeforeAsync(new ControlRequest(ControlRequest.Version, "status")) is { Daemon: { } before }
            ? [new LingeringProcess(before.Pid, before.Started, before.Connections), .. before.Lingering]
            : [];

    private async Task<ControlAnswer?> AskBeforeAsync(ControlRequest request) =>
        daemon.Predecessor is { } before ? await before.AskAsync(request) : null;
}
