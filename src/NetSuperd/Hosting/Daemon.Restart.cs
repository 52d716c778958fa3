using NetSuperd.Control;
using NetSuperd.Logging;
using NetSuperd.Native;

namespace NetSuperd.Hosting;

/// <content>Another process takes the place of this one.</content>
internal sealed partial class Daemon
{
    private Successor? _successor;
    private ChildProcess? _starting;
    private Task _lingering = Task.CompletedTask;

    /// <summary>Starts another process in the place of this one, which keeps what it serves and ends with the last of it.</summary>
    public Task<ControlAnswer> RestartAsync() => InTurnAsync(RestartInTurnAsync);

    private async Task<ControlAnswer> RestartInTurnAsync()
    {
        logger.RestartBegun();
        await Predecessors.HoldAsync();
        try
        {
            var (successor, outcome) = await Successor.StartAsync(
                _program, _arguments, server, _control, Predecessors, manager, starting => _starting = starting,
                ServeSuccessorAsync, lifetime.StopToken);
            if (successor is null)
            {
                GoOn(outcome);
            }
            else
            {
                await GiveWayAsync(successor);
            }

            return outcome;
        }
        finally
        {
            _starting = null;
            Predecessors.Release();
        }
    }

    /// <summary>The restart has failed: nothing has changed, but for what the new process may have left.</summary>
    private void GoOn(ControlAnswer outcome)
    {
        server.GoOn();
        _pidFile?.Restore();
        if (lifetime.StopRequested)
        {
            logger.RestartGivenUp();
        }
        else
        {
            foreach (var message in outcome.Messages)
            {
                // Without the excerpt of the map that follows its problem.
                logger.RestartFailed(message.Split('\n')[0]);
            }
        }
    }

    private async Task GiveWayAsync(Successor successor)
    {
        manager.MainProcess(successor.Pid);
        InitProcess.Follow(successor.Pid);
        Predecessors.Dispose();
        await _tending.CancelAsync();
        await _tended;
        _control?.StopAccepting();
        _pidFile?.Remove();
        await server.ReleaseAsync(successor.Dropped);
        logger.Restarted(successor.Pid);
        _successor = successor;
        if (lifetime.StopRequested)
        {
            // It was meant for the daemon, which this process was until now.
            successor.Stop(lifetime.Now.IsCancellationRequested);
        }

        _lingering = LingerAsync();
    }

    /// <summary>Lives on without accepting until the last connection has ended.</summary>
    private async Task LingerAsync()
    {
        var status = server.Overview.Status();
        if (status.Connections > 0)
        {
            logger.Lingering(status.Connections, Section.RestartLinger.TotalSeconds);
        }

        await server.LingerAsync(lifetime.StopToken, lifetime.Now);

        // The command that asked for the restart is still being answered.
        await (_control?.DisposeAsync() ?? ValueTask.CompletedTask);
        lifetime.Stop(now: false);
    }

    /// <summary>What the process that has taken the place of this one asks it.</summary>
    private Task ServeSuccessorAsync(ControlLines channel) =>
        ControlServer.ServeChannelAsync(channel, new DaemonOperator.Lingering(this, lifetime), logger, CancellationToken.None);
}
