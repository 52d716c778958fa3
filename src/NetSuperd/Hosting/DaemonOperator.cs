using System.Reflection;
using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Server;
using NetSuperd.Server.Tally;

namespace NetSuperd.Hosting;

/// <summary>What an operator may ask of the daemon that serves. The predecessors add what they still serve.</summary>
internal class DaemonOperator(Daemon daemon) : IOperator
{
    // How long the lines for the old log file may take to be written: longer than any disk that does not hang.
    internal static readonly TimeSpan ReopenPatience = TimeSpan.FromSeconds(5);

    // Read at start: the program's file may be replaced later.
    private readonly string? _version =
        typeof(DaemonOperator).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    /// <inheritdoc/>
    public async Task<ControlAnswer> StatusAsync()
    {
        // A socket that has been lost since the last regular check must not be shown as listening.
        daemon.Server.CheckReachability();
        var before = await daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Status));
        var own = daemon.Server.Overview.Status();
        var told = before.SelectMany(one => one.Answer?.Daemon?.Services ?? []).Where(service => service.Server?.Pid is not null).ToList();
        return Done() with
        {
            Daemon = own with
            {
                Version = _version,
                Services = [.. own.Services.Select(service => With(service, told))],
                Lingering = [.. before.Select(one => Describe(one.Pid, one.Answer?.Daemon))],
            },
        };
    }

    /// <inheritdoc/>
    public async Task<ControlAnswer> ConnectionsAsync()
    {
        var (_, before) = await daemon.Predecessors.ConnectionsAsync();
        return Done() with { Connections = [.. before.Concat(daemon.Server.Overview.Connections()).Select(ListedConnection.From)] };
    }

    /// <inheritdoc/>
    public async Task<ControlAnswer> AbortAsync(long id) => daemon.Server.Abort(id) || await AbortBeforeAsync(id)
        ? Done()
        : ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: there is no connection {id}");

    /// <inheritdoc/>
    public Task<ControlAnswer> PauseAsync(string service) => daemon.InTurnAsync(
        async () => OfService(service, await daemon.Server.PauseAsync(service)));

    /// <inheritdoc/>
    public Task<ControlAnswer> ResumeAsync(string service) => daemon.InTurnAsync(
        async () => OfService(service, await daemon.Server.ResumeAsync(service)));

    /// <inheritdoc/>
    public Task<ControlAnswer> ReloadAsync(bool dryRun) => daemon.ReloadAsync(dryRun);

    /// <inheritdoc/>
    public Task<ControlAnswer> RestartAsync() => daemon.RestartAsync();

    /// <inheritdoc/>
    public virtual Task<ControlAnswer> ReopenAsync() => daemon.InTurnAsync(async () =>
    {
        var asked = daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Reopen));
        ControlAnswer[] all = [await ReopenOwnAsync(), .. (await asked).Select(before => Reopened(before.Pid, before.Answer))];
        var status = all.Select(answer => answer.Status).FirstOrDefault(status => status != ExitStatus.Ok);
        return ControlAnswer.Of(status, [.. all.SelectMany(answer => answer.Messages)]);
    });

    /// <inheritdoc/>
    public virtual async Task<ControlAnswer> StopAsync(bool now) => Done() with { Pid = await daemon.StopAsync(now) };

    /// <inheritdoc/>
    public virtual async Task<ControlAnswer> StopServiceAsync(string service, bool now)
    {
        if (NoChild(service) is { } refusal)
        {
            return refusal;
        }

        Task? ended = null;
        var answer = await daemon.InTurnAsync(async () =>
        {
            ended = await daemon.Server.StopServiceAsync(service, now);
            return OfService(service, ended is not null);
        });
        if (answer.Status == ExitStatus.Ok)
        {
            // Other commands need not wait for the drain time.
            var request = ControlRequest.Of(ControlCommand.Stop) with { Service = service, Now = now ? true : null };
            await Task.WhenAll(ended!, daemon.Predecessors.AskAsync(request));
        }

        return answer;
    }

    /// <inheritdoc/>
    public Task<ControlAnswer> StartServiceAsync(string service) => NoChild(service) is { } refusal ? Task.FromResult(refusal)
        : daemon.InTurnAsync(async () => OfService(service, await daemon.Server.StartServiceAsync(service)));

    /// <inheritdoc/>
    public virtual async Task<ControlAnswer> SignalAsync(string service, string signal)
    {
        if (SignalName.Find(signal) is not { } number)
        {
            return ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: '{signal}' is not a signal; write a name such as HUP, or a number");
        }

        if (NoChild(service) is { } refusal)
        {
            return refusal;
        }

        if (await daemon.Server.SignalAsync(service, number) is not { } own)
        {
            return OfService(service, isKnown: false);
        }

        var before = await daemon.Predecessors.AskAsync(
            ControlRequest.Of(ControlCommand.Signal) with { Service = service, Signal = signal });
        var count = own + before.Count(answer => answer.Answer is { Status: ExitStatus.Ok });
        if (count == 0)
        {
            return ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: no process of '{service}' runs");
        }

        daemon.Server.LogSignal(service, number, count);
        return Done();
    }

    /// <inheritdoc/>
    public Task<ControlAnswer> ExplainAsync(string peer, string socket) =>
        Task.FromResult(Done() with { Outlooks = daemon.Server.Overview.Foresee(peer, socket) });

    /// <inheritdoc/>
    public Task<ControlAnswer> MapAsync() => Task.FromResult(Done() with
    {
        Entries = daemon.Server.Configuration.Entries().ToDictionary(entry => entry.Path, entry => entry.Value),
    });

    private Superserver Server => daemon.Server;

    private static string Self => $"netsuperd: process {Environment.ProcessId}";

    private static ControlAnswer Done() => ControlAnswer.Of(ExitStatus.Ok);

    /// <summary>Why a service cannot be stopped, started or signalled; null: it has children, or the map does not have it.</summary>
    private ControlAnswer? NoChild(string service) =>
        daemon.Server.Map.Services.Any(known => known.Name == service && known.Program is null)
            ? ControlAnswer.Of(
                ExitStatus.Usage,
                $"netsuperd: '{service}' is served inside the daemon and has no child; 'netsuperd pause {service}' lets its clients wait")
            : null;

    private static ControlAnswer OfService(string service, bool isKnown) => isKnown
        ? Done()
        : ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: the map has no service '{service}'");

    /// <summary>What a predecessor has done with its log.</summary>
    private static ControlAnswer Reopened(int pid, ControlAnswer? answer) => answer switch
    {
        null => ControlAnswer.Of(
            ExitStatus.System, $"netsuperd: process {pid}, which a restart has replaced, "
                + "does not answer; it may still write to the old log file"),
        { Status: ExitStatus.Usage } => ControlAnswer.Of(
            ExitStatus.System,
            $"netsuperd: process {pid}, which a restart has replaced, "
            + $"is of a version without this command; kill -USR1 {pid} reopens its log"),
        _ => answer,
    };

    private static LingeringProcess Describe(int pid, DaemonStatus? status) => new(pid, status?.Started, status?.Connections)
    {
        Version = status?.Version,
    };

    /// <summary>Reopens this process's log file, and waits until the last line is in the old one.</summary>
    private async Task<ControlAnswer> ReopenOwnAsync()
    {
        var (failure, isDone) = daemon.Output.Reopen();
        await isDone.WaitAsync(ReopenPatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var status = failure is { IsPermission: true } ? ExitStatus.NoPermission : ExitStatus.System;
        return failure is not null ? ControlAnswer.Of(status, $"{Self} {failure.Message}; it keeps the old one")
            : !isDone.IsCompleted ? ControlAnswer.Of(status, $"{Self} still writes to the old log file")
            : Done();
    }

    /// <summary>Adds what the process that has started a server knows of it.</summary>
    private static ServiceStatus With(ServiceStatus service, IReadOnlyList<ServiceStatus> told) =>
        service is { State: "serving", Server: { } server } && told.FirstOrDefault(other => other.Server!.Pid == server.Pid) is { } other
            ? service with { State = other.State, Server = server with { Status = other.Server!.Status } }
            : service;

    private async Task<bool> AbortBeforeAsync(long id) =>
        (await daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Abort) with { Id = id }))
            .Any(before => before.Answer is { Status: ExitStatus.Ok });

    /// <summary>
    /// What the successor may ask of this process, which only keeps its connections. Changes of the map are refused; the log and a stop
    /// concern this process alone.
    /// </summary>
    internal sealed class Lingering(Daemon daemon, DaemonLifetime lifetime) : DaemonOperator(daemon)
    {
        /// <inheritdoc/>
        public override Task<ControlAnswer> ReopenAsync() => ReopenOwnAsync();

        /// <inheritdoc/>
        public override async Task<ControlAnswer> StopServiceAsync(string service, bool now)
        {
            await Server.EndConnectionsAsync(service, now);
            return Done();
        }

        /// <inheritdoc/>
        public override Task<ControlAnswer> SignalAsync(string service, string signal) => Task.FromResult(
            SignalName.Find(signal) is { } number && Server.SignalConnections(service, number) > 0 ? Done()
                : ControlAnswer.Of(ExitStatus.Usage));

        /// <inheritdoc/>
        public override Task<ControlAnswer> StopAsync(bool now)
        {
            lifetime.Stop(now);
            return Task.FromResult(Done() with { Pid = Environment.ProcessId });
        }
    }
}
