using System.Text.Json;
using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Server.Config;

namespace NetSuperd.Commands;

/// <summary>The commands that ask a running daemon. Those that succeed say nothing but what was asked for.</summary>
/// <param name="Control">The path of the control socket; null: that of the map.</param>
/// <param name="Config">The map whose daemon is asked; null: the default one, where it is there.</param>
internal sealed record DaemonCommand(string? Control, string? Config)
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    /// <summary><c>pause</c>, <c>resume</c>, <c>abort</c>, <c>restart</c>.</summary>
    public async Task<int> RunAsync(ControlRequest request, CancellationToken stopping) => (await AskAsync(request, stopping)).Status;

    /// <summary><c>reload</c>: with <c>--dry-run</c> prints what would change.</summary>
    public async Task<int> ReloadAsync(bool dryRun, CancellationToken stopping)
    {
        var answer = await AskAsync(New("reload") with { DryRun = dryRun }, stopping);
        return dryRun && answer.Status == ExitStatus.Ok ? Print(answer.Changes ?? []) : answer.Status;
    }

    /// <summary><c>stop</c>: returns when the daemon is gone.</summary>
    public async Task<int> StopAsync(bool now, CancellationToken stopping)
    {
        var answer = await AskAsync(New("stop") with { Now = now }, stopping);
        if (answer is { Status: ExitStatus.Ok, Pid: { } pid } && ProcessHandle.Open(pid) is { } process)
        {
            using (process)
            {
                await ProcessHandle.WaitAsync(process, stopping);
            }
        }

        return answer.Status;
    }

    /// <summary><c>status</c>: once, or every second until it is stopped.</summary>
    public async Task<int> StatusAsync(bool json, bool watch, CancellationToken stopping)
    {
        while (true)
        {
            var answer = await AskAsync(New("status"), stopping);
            var text = answer.Daemon is not { } daemon ? ""
                : json ? JsonSerializer.Serialize(daemon, ControlJson.Default.StatusDocument) + "\n"
                : StatusText.Format(daemon, TimeProvider.System.GetUtcNow());
            var clear = watch && !json && !Console.IsOutputRedirected ? "\e[H\e[2J" : "";
            var printed = text.Length > 0 ? Terminal.Print(clear + text) : ExitStatus.Ok;
            if (!watch || printed != ExitStatus.Ok || answer.Status is ExitStatus.NoPermission or ExitStatus.Usage)
            {
                return answer.Status != ExitStatus.Ok ? answer.Status : printed;
            }

            // A daemon that is away for a moment, in a restart for one, is waited for.
            await Task.Delay(WatchInterval, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested)
            {
                return ExitStatus.Ok;
            }
        }
    }

    /// <summary><c>connections</c>.</summary>
    public async Task<int> ConnectionsAsync(bool json, CancellationToken stopping)
    {
        var answer = await AskAsync(New("connections"), stopping);
        if (answer.Connections is not { } connections)
        {
            return answer.Status;
        }

        return Terminal.Print(json
            ? JsonSerializer.Serialize(new ConnectionsDocument(ControlRequest.Version, connections), ControlJson.Default.ConnectionsDocument) + "\n"
            : StatusText.Format(connections));
    }

    /// <summary><c>check --diff</c>: prints what a reload would change.</summary>
    /// <param name="next">The map that was loaded, key by key.</param>
    /// <param name="stopping">Ends the waiting.</param>
    public async Task<int> DiffAsync(IReadOnlyList<MapEntry> next, CancellationToken stopping)
    {
        var answer = await AskAsync(New("map"), stopping);
        return answer.Entries is { } running ? Print([.. MapDiff.Of(running, next).Select(change => change.ToString())]) : answer.Status;
    }

    /// <summary>A request without more.</summary>
    public static ControlRequest New(string command) => new(ControlRequest.Version, command);

    private static int Print(IReadOnlyList<string> lines) =>
        lines.Count == 0 ? ExitStatus.Ok : Terminal.Print(string.Concat(lines.Select(line => line + "\n")));

    private async Task<ControlAnswer> AskAsync(ControlRequest request, CancellationToken stopping)
    {
        var answer = await ControlClient.AskAsync(Path(), request, stopping);
        foreach (var message in answer.Messages)
        {
            Terminal.Say(message);
        }

        return answer;
    }

    /// <summary>Where the daemon is. A map with errors still tells, so that one can be stopped whose map was damaged meanwhile.</summary>
    private string? Path()
    {
        var config = Config ?? (File.Exists(CommandLine.DefaultConfig) ? CommandLine.DefaultConfig : null);
        return Control
            ?? (config is null ? ControlPath.OfProcess() : MapLoader.Load(MapArguments.Request(config, [], toRun: false)).Map.Daemon.Control);
    }
}
