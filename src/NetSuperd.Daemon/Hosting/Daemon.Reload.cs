using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Logging;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Listen;

namespace NetSuperd.Hosting;

/// <content>Reloading the map.</content>
internal sealed partial class Daemon
{
    // Longer than any load takes. A load that reads a file, asks a name service or runs a plugin may hang; the daemon gives up after this
    // time.
    private static readonly TimeSpan LoadPatience = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Reads the map again and applies it, or reports what is wrong with it and changes nothing. Reloads run one at a time.
    /// </summary>
    /// <param name="dryRun">Whether to report only what would change.</param>
    public async Task<ControlAnswer> ReloadAsync(bool dryRun)
    {
        var answer = await InTurnAsync(() => ReloadInTurnAsync(dryRun));
        return answer with { Changes = answer.Changes ?? [] };
    }

    private async Task<ControlAnswer> ReloadInTurnAsync(bool dryRun)
    {
        if (SpareDescriptors.Missing is { } missing)
        {
            return Refuse(ExitStatus.System, missing, [], dryRun);
        }

        var (loaded, next) = await ReadAgainAsync();
        if (loaded is null && Obstacle is { } stop)
        {
            if (!dryRun)
            {
                logger.ReloadGivenUp();
            }

            return ControlAnswer.Of(ExitStatus.System, $"netsuperd: {stop}");
        }

        if (loaded is null)
        {
            return Refuse(ExitStatus.System, $"the map could not be loaded within {LoadPatience.TotalSeconds} s", [], dryRun);
        }

        if (next is null)
        {
            if (!dryRun)
            {
                Log(loaded.Problems);
            }

            return ControlAnswer.Of(MapArguments.Status(loaded), ProblemText.Format(loaded));
        }

        var changes = server.Configuration.Compare(next);
        List<string> messages = [.. ProblemText.Format(loaded)];
        if (dryRun)
        {
            await next.DisposeAsync();
            return ControlAnswer.Of(ExitStatus.Ok, messages) with { Changes = changes };
        }

        Log(loaded.Problems);
        manager.Reloading();
        try
        {
            return await StartHandlersAsync(next, messages) ?? await ApplyAsync(next, changes, messages);
        }
        finally
        {
            manager.Ready(Summary);
        }
    }

    /// <summary>Starts the new handlers of a map; where one does not start, the map is given up.</summary>
    /// <returns>The answer to the command; null: they have started.</returns>
    private async Task<ControlAnswer?> StartHandlersAsync(Configuration next, List<string> messages)
    {
        try
        {
            var problems = await next.StartHandlersAsync(TimeProvider.System, lifetime.StopToken);
            if (problems is [])
            {
                return null;
            }

            await next.DisposeAsync();
            Log(problems);
            return ControlAnswer.Of(ExitStatus.System, [.. messages, .. problems.Select(ProblemText.Format)]);
        }
        catch (OperationCanceledException)
        {
            await next.DisposeAsync();
            logger.ReloadGivenUp();
            return ControlAnswer.Of(ExitStatus.System, $"netsuperd: {Obstacle}");
        }
    }

    /// <summary>Loads the map on a thread of its own.</summary>
    /// <returns>The result; null for both where the load hangs, or the daemon is to stop.</returns>
    private async Task<(LoadResult? Loaded, Configuration? Next)> ReadAgainAsync()
    {
        var load = Task.Factory.StartNew(
            server.ReadAgainAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        try
        {
            return await load.WaitAsync(LoadPatience, lifetime.StopToken);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            _ = DropAsync(load);
            return (null, null);
        }
    }

    /// <summary>Disposes of the result of a load that ended too late.</summary>
    private async Task DropAsync(Task<(LoadResult Loaded, Configuration? Next)> load)
    {
        try
        {
            var (_, next) = await load;
            await (next?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (Exception failure)
        {
            logger.LateLoadFailed(failure);
        }
    }

    /// <summary>
    /// The steps that can fail come first (log, control socket, pid file, descriptors); each is undone where a later one fails.
    /// </summary>
    private async Task<ControlAnswer> ApplyAsync(Configuration next, IReadOnlyList<MapChange> changes, List<string> messages)
    {
        var (before, section) = (Section, next.Map.Daemon);
        LogChange? log = null;
        ControlChange? control = null;
        IPidFile? pidFile = null;
        IReadOnlyList<BindFailure> failures;
        try
        {
            log = output.Prepare(next.Map.Log);
            (control, var obstacle) = await _control!.PrepareAsync(before, section);
            if (obstacle is not null)
            {
                log.Dispose();
                await next.DisposeAsync();
                return Refuse(obstacle.Status, obstacle.Message, messages);
            }

            pidFile = section.PidFile is { } path && path != before.PidFile ? Installation.Current.WritePidFile(path) : null;
            failures = await server.ApplyAsync(next);
        }
        catch (Exception failure) when (failure is CallException or IOException or UnauthorizedAccessException or LogOutputException)
        {
            log?.Dispose();
            await next.DisposeAsync();
            pidFile?.Remove();
            await (control?.UndoAsync() ?? Task.CompletedTask);
            var isPermission = failure is UnauthorizedAccessException or LogOutputException { IsPermission: true };
            return Refuse(isPermission ? ExitStatus.NoPermission : ExitStatus.System, failure.Message, messages);
        }

        log.Apply();
        logger.Reloaded(changes.Count);
        _control.Use(control!);
        if (section.PidFile != before.PidFile)
        {
            _pidFile?.Remove();
            _pidFile = pidFile;
        }

        Store();
        messages.AddRange(failures.Select(failure => $"netsuperd: {failure.Message}; retrying"));
        return ControlAnswer.Of(StatusOf(failures), messages) with { Changes = changes };
    }

    /// <summary>Each problem is a separate log event.</summary>
    private void Log(IEnumerable<ConfigProblem> problems)
    {
        foreach (var problem in problems)
        {
            if (problem.Severity == Severity.Error)
            {
                logger.ReloadRefused(problem);
            }
            else
            {
                logger.MapWarning(problem);
            }
        }
    }

    private ControlAnswer Refuse(int status, string obstacle, IReadOnlyList<string> messages, bool dryRun = false)
    {
        if (!dryRun)
        {
            logger.ReloadRefused(obstacle);
        }

        return ControlAnswer.Of(status, [.. messages, $"netsuperd: {PlainText.Of(obstacle)}"]);
    }
}
