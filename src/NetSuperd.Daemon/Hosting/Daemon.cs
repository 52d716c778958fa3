using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetSuperd.Control;
using NetSuperd.Logging;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Hosting;

/// <summary>
/// The life of the daemon: start, reload, restart and stop of the server together with its log, control socket, pid file and service
/// manager. The exit status is kept here, since the host's own run ends the same way in every case.
/// </summary>
internal sealed partial class Daemon(
    Superserver server, DaemonLifetime lifetime, LogOutput output, IServiceManager manager, Succession succession, ILogger logger)
    : IHostedService, IDisposable
{
    /// <summary>What a stop may take after the drain time, the end of predecessors included.</summary>
    public static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);

    private readonly OwnAnswers _own = new(server, output);
    private ControlSockets? _control;
    private IPidFile? _pidFile;
    private bool _isStarted;

    /// <summary>The exit status of the daemon.</summary>
    public int Status => lifetime.Guard.Status;

    /// <summary>The server.</summary>
    public Superserver Server => server;

    /// <summary>The predecessors that still serve connections of their own.</summary>
    public Predecessors Predecessors => succession.Predecessors;

    /// <summary>Passes what happens to the programs that read it.</summary>
    public EventFeed Events => output.Events;

    private DaemonSection Section => server.Map.Daemon;

    private string Summary =>
        server.Map.PortEntries.Count() is > 1 and var entries ? $"Serving {entries} entries of [ports]" : "Serving 1 entry of [ports]";

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(CancellationToken.None);
        try
        {
            lifetime.Guard.Most = () => Section.Drain + StopGrace;
            lifetime.Guard.Kill = Kill;
            lifetime.Guard.RemoveFiles = RemoveFiles;

            // A process that learns that the daemon serves may signal it at once.
            lifetime.Reload = signal => OnSignal(signal, () => ReloadInTurnAsync(dryRun: false), successor => successor.Reload());
            lifetime.Restart = signal => OnSignal(signal, RestartInTurnAsync);
            await BeginAsync();
        }
        catch (CallException failure)
        {
            await FailAsync(failure.Errno is Errno.EACCES or Errno.EPERM ? ExitStatus.NoPermission : ExitStatus.System, failure.Message);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            await FailAsync(failure is UnauthorizedAccessException ? ExitStatus.NoPermission : ExitStatus.System, failure.Message);
        }
        catch (OperationCanceledException) when (lifetime.StopRequested)
        {
            logger.StartGivenUp();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _maintaining.CancelAsync();

        // A stop does not wait for a check of a file system that hangs.
        await _maintained.WaitAsync(ChangePatience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await WaitForChangeAsync();
        if (_successor is not null)
        {
            await _lingering;
            logger.LingerOver();
        }
        else if (_isStarted)
        {
            await DrainAsync();
        }
        else
        {
            await UndoStartAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _turn.Dispose();
        _maintaining.Dispose();
        _successor?.Dispose();
    }

    private static int StatusOf(IReadOnlyList<BindFailure> failures) =>
        failures.Count == 0 ? ExitStatus.Ok : failures.All(failure => failure.IsPermission) ? ExitStatus.NoPermission : ExitStatus.System;

    /// <summary>The steps that can fail come first; the last of them tells the predecessor.</summary>
    private async Task BeginAsync()
    {
        var problems = await server.Configuration.StartHandlersAsync(TimeProvider.System, lifetime.StopToken);
        if (problems.Count > 0)
        {
            await FailAsync(ExitStatus.System, [.. problems.Select(problem => $"{problem.At}: {problem.Message}")]);
            return;
        }

        var failures = await succession.StartAsync(server);
        if (failures.Count > 0 && Section.OnUnavailable == OnUnavailable.Refuse && !succession.TakesOver)
        {
            await FailAsync(StatusOf(failures), [.. failures.Select(failure => failure.Message)]);
            return;
        }

        _control = new ControlSockets(new DaemonOperator(this, _own), logger);
        if (_control.Open(Section, succession) is { } obstacle)
        {
            await FailAsync(obstacle.Status, obstacle.Message);
            return;
        }

        _pidFile = Section.PidFile is { } path ? Installation.Current.WritePidFile(path) : null;
        var messages = failures.Select(failure => $"netsuperd: {failure.Message}; retrying").ToList();
        var serving = ControlAnswer.Of(ExitStatus.Ok, messages) with { Pid = Environment.ProcessId, Dropped = server.Dropped };
        if (!await Predecessors.ReportAsync(serving))
        {
            await FailAsync(ExitStatus.System, "the process that started this one keeps serving");
            return;
        }

        _isStarted = true;
        _control?.Start();
        logger.Started(Environment.ProcessId, server.Map.PortEntries.Count());
        if (Predecessors.IsEmpty)
        {
            Announce();
        }

        _maintained = MaintainAsync(_maintaining.Token);
    }

    private async Task DrainAsync()
    {
        logger.Stopping(Section.Drain.TotalSeconds);
        manager.Stopping(Section.Drain + StopGrace);
        var before = Predecessors.StopAsync(Section.Drain, logger, lifetime.Now);
        await server.StopAsync(manager.KeepsSockets, lifetime.Now);
        await before;
        await server.EndAdoptedAsync(lifetime.Now);
        _control?.Unlink();
        Events.Complete();
        await (_control?.CloseAsync() ?? Task.CompletedTask);
        _pidFile?.Remove();
        logger.Stopped();
    }

    /// <summary>Undoes a start that has failed. What the predecessor still uses stays.</summary>
    private async Task UndoStartAsync()
    {
        server.RemovePaths();
        await server.StopAsync(keepPaths: true, lifetime.Now);
        await (_control?.CloseAsync() ?? Task.CompletedTask);
        _pidFile?.Remove();
    }

    /// <summary>The stop is cut short: kills the processes that must not outlive this one.</summary>
    private void Kill()
    {
        succession.Kill();
        _successor?.Stop(now: true);
        Predecessors.Cut();
        server.KillChildren();
    }

    /// <summary>The stop is cut short: logs that, and removes the files that this process has made.</summary>
    private void RemoveFiles()
    {
        logger.StopCutShort();
        if (_successor is null)
        {
            _control?.Unlink();
            _pidFile?.Remove();
        }

        output.Dispose();
    }

    /// <summary>The daemon does not start, and reports why: in the log, on standard error, and to the predecessor.</summary>
    private async Task FailAsync(int status, params IReadOnlyList<string> reasons)
    {
        lifetime.Guard.Status = status;
        foreach (var reason in reasons)
        {
            logger.StartFailed(reason);
            if (server.Map.Log.Target == LogTarget.File)
            {
                // The administrator that started it looks at the terminal, not into the log.
                Terminal.Say($"netsuperd: {reason}");
            }
        }

        await Predecessors.ReportAsync(ControlAnswer.Of(status, [.. reasons.Select(reason => $"netsuperd: {reason}")]));
        lifetime.Stop(now: false);
    }
}
