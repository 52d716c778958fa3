using System.Reflection;
using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Hosting;

/// <summary>What an operator may ask of the daemon that serves. The processes before it are asked for what they still serve.</summary>
internal class DaemonOperator(Daemon daemon) : IOperator
{
    // Read at the start: the file of the program may be replaced later.
    private readonly string? _version =
        typeof(DaemonOperator).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    /// <inheritdoc/>
    public async Task<ControlAnswer> StatusAsync() => Done() with
    {
        Daemon = daemon.Server.Status() with { Version = _version, Lingering = await LingeringAsync() },
    };

    /// <inheritdoc/>
    public async Task<ControlAnswer> ConnectionsAsync()
    {
        var (_, before) = await daemon.Predecessors.ConnectionsAsync();
        return Done() with { Connections = [.. before.Concat(daemon.Server.Connections()).Select(ListedConnection.Of)] };
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
    public virtual async Task<ControlAnswer> StopAsync(bool now) => Done() with { Pid = await daemon.StopAsync(now) };

    /// <inheritdoc/>
    public Task<ControlAnswer> ExplainAsync(string peer, string socket) =>
        Task.FromResult(Done() with { Outlooks = daemon.Server.Look(peer, socket) });

    /// <inheritdoc/>
    public Task<ControlAnswer> MapAsync() => Task.FromResult(Done() with
    {
        Entries = daemon.Server.Configuration.Entries().ToDictionary(entry => entry.Path, entry => entry.Value),
    });

    private static ControlAnswer Done() => ControlAnswer.Of(ExitStatus.Ok);

    private static ControlAnswer OfService(string service, bool isKnown) => isKnown
        ? Done()
        : ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: the map has no service '{service}'");

    private static LingeringProcess Describe(int pid, DaemonStatus? status) => new(pid, status?.Started, status?.Connections)
    {
        Version = status?.Version,
    };

    private async Task<IReadOnlyList<LingeringProcess>> LingeringAsync() =>
        [.. (await daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Status)))
            .Select(before => Describe(before.Pid, before.Answer?.Daemon))];

    private async Task<bool> AbortBeforeAsync(long id) =>
        (await daemon.Predecessors.AskAsync(ControlRequest.Of(ControlCommand.Abort) with { Id = id }))
            .Any(before => before.Answer is { Status: ExitStatus.Ok });

    /// <summary>
    /// What the process that has taken the place of this one may ask of it. Changes of the map are refused, and a stop ends this process alone.
    /// </summary>
    internal sealed class Lingering(Daemon daemon, DaemonLifetime lifetime) : DaemonOperator(daemon)
    {
        /// <inheritdoc/>
        public override Task<ControlAnswer> StopAsync(bool now)
        {
            lifetime.Stop(now);
            return Task.FromResult(Done() with { Pid = Environment.ProcessId });
        }
    }
}
