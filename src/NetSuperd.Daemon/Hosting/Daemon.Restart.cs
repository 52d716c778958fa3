using NetSuperd.Control;
using NetSuperd.Logging;

namespace NetSuperd.Hosting;

/// <content>Restarting: a successor takes the place of this process.</content>
internal sealed partial class Daemon
{
    private ISuccessor? _successor;
    private Task _lingering = Task.CompletedTask;

    /// <summary>Starts a successor. This process keeps its connections and children, and ends with the last of them.</summary>
    public Task<ControlAnswer> RestartAsync() => succession.NoSuccessor is { } reason
        ? Task.FromResult(ControlAnswer.Of(ExitStatus.Usage, $"netsuperd: {reason}"))
        : InTurnAsync(RestartInTurnAsync);

    private async Task<ControlAnswer> RestartInTurnAsync()
    {
        logger.RestartBegun();
        await Predecessors.HoldAsync();
        try
        {
            var (successor, outcome) = await succession.StartSuccessorAsync(server, _control!, lifetime.StopToken);
            if (successor is null)
            {
                Resume(outcome);
            }
            else
            {
                successor.Serve(new LingeringOperator(_own, server, lifetime, successor.Pid, logger), logger);
                await YieldAsync(successor);
            }

            return outcome;
        }
        catch
        {
            server.CancelHandover();
            throw;
        }
        finally
        {
            Predecessors.Resume();
        }
    }

    /// <summary>The restart has failed: nothing has changed, apart from what the successor may have left behind.</summary>
    private void Resume(ControlAnswer outcome)
    {
        server.CancelHandover();
        _pidFile?.Restore();
        if (lifetime.StopRequested)
        {
            logger.RestartGivenUp();
        }
        else
        {
            foreach (var message in outcome.Messages)
            {
                // The log gets the problem without the excerpt of the map.
                logger.RestartFailed(message.Split('\n')[0]);
            }
        }
    }

    private async Task YieldAsync(ISuccessor successor)
    {
        succession.Yield(successor);
        Predecessors.Dispose();
        await _maintaining.CancelAsync();
        await _maintained;
        _control?.StopAccepting();
        _pidFile?.Remove();
        await server.StopAcceptingAsync(successor.Dropped);
        logger.Restarted(successor.Pid);

        // The readers find the successor at the same socket.
        Events.Complete();
        _successor = successor;
        if (lifetime.StopRequested)
        {
            // The signal was meant for the daemon, which this process was until now.
            successor.Stop(lifetime.Now.IsCancellationRequested);
        }

        _lingering = LingerAsync();
    }

    /// <summary>Keeps serving without accepting until the last connection has ended.</summary>
    private async Task LingerAsync()
    {
        var status = server.Overview.Status();
        if (status.Connections > 0)
        {
            logger.Lingering(status.Connections, Section.RestartLinger.TotalSeconds);
        }

        await server.LingerAsync(lifetime.StopToken, lifetime.Now);

        // The command that asked for the restart is still being answered.
        await _control!.CloseAsync();
        lifetime.Stop(now: false);
    }
}
