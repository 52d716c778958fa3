using NetSuperd.Control;
using NetSuperd.Server;
using NetSuperd.Server.Config;

namespace NetSuperd.Tests.Control;

/// <summary>Gives every call of an operator the answer that the test has for its request.</summary>
internal sealed class OperatorStandIn(Func<ControlRequest, Task<ControlAnswer>> answer) : IOperator
{
    public OperatorToken? Token { get; init; }

    public Task<ControlAnswer> StatusAsync(string? service) => answer(ControlRequest.Of(ControlCommand.Status) with { Service = service });

    public Task<ControlAnswer> ConnectionsAsync(ConnectionFilter filter) => answer(With(ControlCommand.Connections, filter));

    public Task<ControlAnswer> AbortAsync(ConnectionFilter filter) => answer(With(ControlCommand.Abort, filter));

    public Task<ControlAnswer> AbortAsync(long id) => answer(ControlRequest.Of(ControlCommand.Abort) with { Id = id });

    public Task<ControlAnswer> PauseAsync(string service) => answer(ControlRequest.Of(ControlCommand.Pause) with { Service = service });

    public Task<ControlAnswer> ResumeAsync(string service) => answer(ControlRequest.Of(ControlCommand.Resume) with { Service = service });

    public Task<ControlAnswer> ReloadAsync(bool dryRun) =>
        answer(ControlRequest.Of(ControlCommand.Reload) with { DryRun = dryRun ? true : null });

    public Task<ControlAnswer> RestartAsync() => answer(ControlRequest.Of(ControlCommand.Restart));

    public Task<ControlAnswer> ReopenAsync() => answer(ControlRequest.Of(ControlCommand.Reopen));

    public Task<ControlAnswer> StopServiceAsync(string service, bool now) =>
        answer(ControlRequest.Of(ControlCommand.Stop) with { Service = service, Now = now ? true : null });

    public Task<ControlAnswer> StartServiceAsync(string service) =>
        answer(ControlRequest.Of(ControlCommand.Start) with { Service = service });

    public Task<ControlAnswer> SignalAsync(string service, string signal) =>
        answer(ControlRequest.Of(ControlCommand.Signal) with { Service = service, Signal = signal });

    public Task<ControlAnswer> StopAsync(bool now) => answer(ControlRequest.Of(ControlCommand.Stop) with { Now = now ? true : null });

    public Task<ControlAnswer> ExplainAsync(string peer, string socket) =>
        answer(ControlRequest.Of(ControlCommand.Explain) with { Peer = peer, Socket = socket });

    public Task<ControlAnswer> EventsAsync(string? service, bool onlyChanges) =>
        answer(ControlRequest.Of(ControlCommand.Events) with { Service = service, Changes = onlyChanges ? true : null });

    public Task<ControlAnswer> MapAsync() => answer(ControlRequest.Of(ControlCommand.Map));

    private static ControlRequest With(ControlCommand command, ConnectionFilter filter) => ControlRequest.Of(command) with
    {
        Service = filter.Service,
        Peer = filter.Peer,
        State = filter.State,
        Idle = filter.Idle,
    };
}
