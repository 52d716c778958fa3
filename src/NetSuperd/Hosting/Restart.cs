using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Server;
using NetSuperd.Server.Listen;

namespace NetSuperd.Hosting;

/// <summary>A successor takes over by inheriting every socket, as sd_listen_fds(3) describes.</summary>
/// <param name="manager">The service manager.</param>
/// <param name="inherited">What this process was started with.</param>
internal sealed class Restart(ServiceManager manager, Inherited inherited) : Succession(inherited.Predecessors)
{
    private readonly SuccessorProgram _program = new(manager);
    private SuccessorStart? _starting;

    /// <inheritdoc/>
    public override bool TakesOver => inherited.Handover is not null;

    /// <inheritdoc/>
    public override string? Obstacle => inherited.Obstacle;

    /// <inheritdoc/>
    public override Task<IReadOnlyList<BindFailure>> StartAsync(Superserver server) =>
        server.StartAsync(inherited.Sockets, inherited.Handover);

    /// <inheritdoc/>
    public override ControlListener? Adopt(string name, ControlPlace? place)
    {
        var given = inherited.Control.GetValueOrDefault(name);
        if (place is not null && given is not null && ControlSocket.IsAt(given, place.Path))
        {
            return ControlSocket.Adopt(given, place);
        }

        given?.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public override async Task<(ISuccessor? Successor, ControlAnswer Outcome)> StartSuccessorAsync(
        Superserver server, ControlSockets control, CancellationToken stopping)
    {
        _starting = new SuccessorStart(_program, server, control, Predecessors);
        try
        {
            return await _starting.RunAsync(stopping);
        }
        finally
        {
            _starting = null;
        }
    }

    /// <inheritdoc/>
    public override void Kill() => _starting?.Kill();

    /// <inheritdoc/>
    public override void Yield(ISuccessor successor)
    {
        manager.MainProcess(successor.Pid);
        InitProcess.Follow(successor.Pid);
    }
}
