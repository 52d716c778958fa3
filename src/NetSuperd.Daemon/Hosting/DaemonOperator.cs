using NetSuperd.Control;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Hosting;

/// <summary>What an operator may ask of the daemon that serves. The predecessors add what they still serve.</summary>
internal sealed class DaemonOperator(Daemon daemon, OwnAnswers own) : IOperator
{
    /// <inheritdoc/>
    public OperatorToken? Token => daemon.Server.Map.Daemon.OperatorToken;

    /// <inheritdoc/>
    public async Task<ControlAnswer> StatusAsync(string? service)
    {
        // A socket that has been lost since the last regular check must not be shown as listening.
        daemon.Server.CheckReachability();
        var before = await daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Status));
        var answer = own.Status();
        var status = answer.Daemon!;
        var told = before.SelectMany(one => one.Answer?.Daemon?.Services ?? []).Where(one => one.Server?.Pid is not null).ToList();
        var whole = answer with
        {
            Daemon = status with
            {
                Services = [.. status.Services.Select(one => With(one, told))],
                Lingering = [.. before.Select(one => Describe(one.Pid, one.Answer?.Daemon))],
            },
        };
        return whole.Only(service);
    }

    /// <inheritdoc/>
    public async Task<ControlAnswer> ConnectionsAsync(ConnectionFilter filter) =>
        OwnAnswers.Done() with { Connections = [.. (await FindAsync(filter)).Select(ListedConnection.From)] };

    /// <inheritdoc/>
    public async Task<ControlAnswer> AbortAsync(long id) => daemon.Server.Abort(id) || await AbortBeforeAsync(id)
        ? OwnAnswers.Done()
        : OwnAnswers.NoConnection(id);

    /// <inheritdoc/>
    public async Task<ControlAnswer> AbortAsync(ConnectionFilter filter)
    {
        var count = 0;
        foreach (var connection in await FindAsync(filter))
        {
            // It may have ended since it was found.
            count += (await AbortAsync(connection.Id)).Status == ExitStatus.Ok ? 1 : 0;
        }

        return count == 0 ? ControlAnswer.Of(ExitStatus.Usage, "netsuperd: there is no such connection")
            : ControlAnswer.Of(ExitStatus.Ok, $"netsuperd: connections aborted: {count}");
    }

    /// <inheritdoc/>
    public Task<ControlAnswer> PauseAsync(string service) => daemon.InTurnAsync(
        () => EverywhereAsync(ControlCommand.Pause, service, daemon.Server.Services.PauseAsync(service)));

    /// <inheritdoc/>
    public Task<ControlAnswer> ResumeAsync(string service) => daemon.InTurnAsync(
        () => EverywhereAsync(ControlCommand.Resume, service, daemon.Server.Services.ResumeAsync(service)));

    /// <inheritdoc/>
    public Task<ControlAnswer> ReloadAsync(bool dryRun) => daemon.ReloadAsync(dryRun);

    /// <inheritdoc/>
    public Task<ControlAnswer> RestartAsync() => daemon.RestartAsync();

    /// <inheritdoc/>
    public Task<ControlAnswer> ReopenAsync() => daemon.InTurnAsync(async () =>
    {
        var asked = daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Reopen));
        ControlAnswer[] all = [await own.ReopenAsync(), .. (await asked).Select(before => Reopened(before.Pid, before.Answer))];
        var status = all.Select(answer => answer.Status).FirstOrDefault(status => status != ExitStatus.Ok);
        return ControlAnswer.Of(status, [.. all.SelectMany(answer => answer.Messages)]);
    });

    /// <inheritdoc/>
    public async Task<ControlAnswer> StopAsync(bool now) => OwnAnswers.Done() with { Pid = await daemon.StopAsync(now) };

    /// <inheritdoc/>
    public async Task<ControlAnswer> StopServiceAsync(string service, bool now)
    {
        if (NoChild(service) is { } refusal)
        {
            return refusal;
        }

        Task? ended = null;
        var answer = await daemon.InTurnAsync(async () =>
        {
            ended = await daemon.Server.Services.StopAsync(service, now);
            return OfService(service, ended is not null);
        });
        if (answer.Status == ExitStatus.Ok)
        {
            // Other commands need not wait for the drain time.
            await Task.WhenAll(ended!, daemon.Predecessors.StopServiceAsync(service, now));
        }

        return answer;
    }

    /// <inheritdoc/>
    public Task<ControlAnswer> StartServiceAsync(string service) => NoChild(service) is { } refusal ? Task.FromResult(refusal)
        : daemon.InTurnAsync(() => EverywhereAsync(ControlCommand.Start, service, daemon.Server.Services.StartAsync(service)));

    /// <inheritdoc/>
    public async Task<ControlAnswer> SignalAsync(string service, string signal)
    {
        if (SignalName.Find(signal) is not { } number)
        {
            return OwnAnswers.NoSignal(signal);
        }

        if (NoChild(service) is { } refusal)
        {
            return refusal;
        }

        if (await daemon.Server.Services.SignalAsync(service, number) is not { } reached)
        {
            return OfService(service, isKnown: false);
        }

        var before = await daemon.Predecessors.AskAsync(
            ControlRequest.Of(ControlCommand.Signal) with { Service = service, Signal = signal });
        var count = reached + before.Count(answer => answer.Answer is { Status: ExitStatus.Ok });
        if (count == 0)
        {
            return OwnAnswers.NoProcess(service);
        }

        daemon.Server.Services.LogSignal(service, number, count);
        return OwnAnswers.Done();
    }

    /// <inheritdoc/>
    public Task<ControlAnswer> ExplainAsync(string peer, string socket) => Task.FromResult(own.Explain(peer, socket));

    /// <inheritdoc/>
    public Task<ControlAnswer> EventsAsync(string? service, bool onlyChanges) => Task.FromResult(
        service is not null && daemon.Server.Map.Services.All(known => known.Name != service) ? OfService(service, isKnown: false)
            : OwnAnswers.Done() with { Events = daemon.Events.Open(service, onlyChanges) });

    /// <inheritdoc/>
    public Task<ControlAnswer> MapAsync() => Task.FromResult(own.Map());

    /// <summary>The connections of a choice, those of the oldest process first.</summary>
    private async Task<IEnumerable<LiveConnection>> FindAsync(ConnectionFilter filter)
    {
        var (_, before) = await daemon.Predecessors.ConnectionsAsync();
        return before.Concat(daemon.Server.Connections()).Where(filter.Matches).ToList();
    }

    /// <summary>Why a service cannot be stopped, started or signalled; null: it has children, or the map does not have it.</summary>
    private ControlAnswer? NoChild(string service) =>
        daemon.Server.Map.Services.FirstOrDefault(known => known.Name == service) is not { Program: null } handled ? null
        : handled.Worker is not { } worker
            ? ControlAnswer.Of(
                ExitStatus.Usage,
                $"netsuperd: '{service}' is served inside the daemon and has no child; 'netsuperd pause {service}' lets its clients wait")
            : ControlAnswer.Of(
                ExitStatus.Usage,
                $"netsuperd: '{service}' is served in a worker and has no child of its own; "
                + $"'netsuperd pause {service}' lets its clients wait, and 'netsuperd abort' with the number that "
                + $"'netsuperd connections' shows for '{worker.ProcessName}' ends the worker, which is started again");

    /// <summary>Tells the predecessors as well: their handlers may pass connections to the service.</summary>
    private async Task<ControlAnswer> EverywhereAsync(ControlCommand command, string service, Task<bool> change)
    {
        var isKnown = await change;
        if (isKnown)
        {
            _ = await daemon.Predecessors.AskAsync(ControlRequest.Of(command) with { Service = service });
        }

        return OfService(service, isKnown);
    }

    private static ControlAnswer OfService(string service, bool isKnown) => isKnown
        ? OwnAnswers.Done()
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

    /// <summary>Adds what the process that has started a server knows of it.</summary>
    private static ServiceStatus With(ServiceStatus service, IReadOnlyList<ServiceStatus> told) =>
        service is { Server: { } server } && service.State == ServiceState.Serving.Word()
            && told.FirstOrDefault(other => other.Server!.Pid == server.Pid) is { } other
            ? service with { State = other.State, Server = server with { Status = other.Server!.Status } }
            : service;

    private async Task<bool> AbortBeforeAsync(long id) =>
        (await daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Abort) with { Id = id }))
            .Any(before => before.Answer is { Status: ExitStatus.Ok });
}
