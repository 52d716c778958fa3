using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Logging;
using NetSuperd.Native;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Hosting;

/// <summary>
/// The life of the daemon: start, reload, restart, stop, each with what stands around the server (log, control socket, pid file, service
/// manager). It keeps the exit status: the host's own run ends the same way in every case.
/// </summary>
internal sealed class Daemon(
    Superserver server, DaemonLifetime lifetime, LogOutput output, ServiceManager manager, Inherited inherited, ILogger logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan TendInterval = TimeSpan.FromSeconds(1);

    // Read now: asked later, the system tells the name of the file that the program was, which may have been replaced.
    private readonly string _program = Environment.ProcessPath!;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _tending = new();
    private readonly List<ControlServer> _controlsBefore = [];
    private ControlServer? _control;
    private PidFile? _pidFile;
    private Task _tended = Task.CompletedTask;
    private readonly Lock _signalling = new();
    private Task _signalled = Task.CompletedTask;
    private Task _lingering = Task.CompletedTask;
    private bool _isReleased;
    private bool _isStarted;
    private bool _isAnnounced;

    /// <summary>The exit status of the daemon.</summary>
    public int Status { get; private set; }

    /// <summary>The server.</summary>
    public Superserver Server => server;

    /// <summary>The daemon before this one, while it still serves what began with it; null otherwise.</summary>
    public Predecessor? Predecessor { get; private set; } = inherited.Predecessor;

    private DaemonSection Section => server.Map.Daemon;

    private string Summary => server.Map.Ports.Length == 1 ? "Serving 1 entry of [ports]" : $"Serving {server.Map.Ports.Length} entries of [ports]";

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            var failures = await server.StartAsync(inherited.Sockets, Predecessor?.Handover);
            if (failures.Count > 0 && Section.OnUnavailable == OnUnavailable.Refuse)
            {
                foreach (var failure in failures)
                {
                    Say(failure.Message);
                }

                Fail(StatusOf(failures));
                return;
            }

            var (control, obstacle) = MakeControl(Section, inherited.Control);
            if (obstacle is not null)
            {
                Say(obstacle.Message);
                Fail(obstacle.Status);
                return;
            }

            Use(control);

            _pidFile = Section.PidFile is { } path ? PidFile.Write(path) : null;
            _isStarted = true;

            // Who hears that the daemon serves may signal it at once.
            lifetime.Reload = () => OnSignal(() => ReloadAsync(dryRun: false));
            lifetime.Restart = () => OnSignal(RestartAsync);
            logger.Started(Environment.ProcessId, server.Map.Ports.Length);
            if (Predecessor is { } before)
            {
                before.SayReady();
            }
            else
            {
                Announce();
            }

            _tended = TendAsync(_tending.Token);
        }
        catch (LibcException failure)
        {
            Say(failure.Message);
            Fail(failure.Errno is Errno.EACCES or Errno.EPERM ? ExitStatus.NoPermission : ExitStatus.System);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Say($"cannot write the pid file {Section.PidFile}: {failure.Message}");
            Fail(failure is UnauthorizedAccessException ? ExitStatus.NoPermission : ExitStatus.System);
        }
    }

    /// <summary>Reads the map again and applies it, or says what is wrong with it and changes nothing. One after the other.</summary>
    /// <param name="dryRun">Only says what would change.</param>
    public async Task<ReloadOutcome> ReloadAsync(bool dryRun)
    {
        await _turn.WaitAsync();
        try
        {
            if (_isReleased || lifetime.StopRequested)
            {
                return new ReloadOutcome(ExitStatus.System, ["netsuperd: the daemon is being stopped or restarted"], []);
            }

            var (loaded, next) = await server.ReadAgainAsync();
            if (next is null)
            {
                return Refuse(MapArguments.Status(loaded), [.. loaded.Problems.Select(ProblemText.Format)], dryRun);
            }

            var changes = server.Configuration.Compare(next);
            List<string> messages = [.. loaded.Problems.Select(ProblemText.Format)];
            if (dryRun)
            {
                await next.DisposeAsync();
                return new ReloadOutcome(ExitStatus.Ok, messages, changes);
            }

            manager.Reloading();
            var outcome = await ApplyAsync(next, changes, messages);
            manager.Ready(Summary);
            return outcome;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Starts another process in the place of this one, which keeps what it serves and ends with the last of it.</summary>
    public async Task<RestartOutcome> RestartAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_isReleased || lifetime.StopRequested)
            {
                return new RestartOutcome(ExitStatus.System, ["the daemon is being stopped or restarted already"], null);
            }

            logger.RestartBegun();
            var outcome = await Successor.StartAsync(_program, server, _control, manager, ServeSuccessorAsync, lifetime.StopToken);
            if (outcome.Pid is not { } pid)
            {
                logger.RestartFailed(string.Join("; ", outcome.Messages));
                return outcome;
            }

            _isReleased = true;
            manager.MainProcess(pid);
            await _tending.CancelAsync();
            await _tended;
            _control?.StopAccepting();
            _pidFile?.Remove();
            await server.ReleaseAsync();
            logger.Restarted(pid);
            _lingering = LingerAsync();
            return outcome;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Stops; the second time at once.</summary>
    public void Stop(bool now)
    {
        lifetime.Stop();
        if (now)
        {
            lifetime.Stop();
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _tending.CancelAsync();
        await _tended;
        await _signalled;
        if (_isReleased)
        {
            await _lingering;
            logger.LingerOver();
            return;
        }

        if (Status == ExitStatus.Ok)
        {
            logger.Stopping(Section.Drain.TotalSeconds);
        }

        manager.Stopping(Section.Drain);
        var predecessor = Predecessor?.StopAsync(lifetime.Now) ?? Task.CompletedTask;
        await server.StopAsync(manager.KeepsSockets, lifetime.Now);
        await predecessor;
        await CloseControlAsync();
        _pidFile?.Remove();
        if (Status == ExitStatus.Ok)
        {
            logger.Stopped();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _turn.Dispose();
        _tending.Dispose();
        Predecessor?.Dispose();
    }

    private static int StatusOf(IReadOnlyList<BindFailure> failures) =>
        failures.Count == 0 ? ExitStatus.Ok : failures.All(failure => failure.IsPermission) ? ExitStatus.NoPermission : ExitStatus.System;

    /// <summary>What can fail comes first, and is taken back where something after it fails: log, control socket, pid file, descriptors.</summary>
    private async Task<ReloadOutcome> ApplyAsync(Configuration next, IReadOnlyList<MapChange> changes, List<string> messages)
    {
        var (before, section) = (Section, next.Map.Daemon);
        LogChange? log = null;
        ControlServer? control = null;
        PidFile? pidFile = null;
        try
        {
            log = output.Prepare(next.Map.Log);
            if (section.Control != before.Control)
            {
                (control, var obstacle) = MakeControl(section, null);
                if (obstacle is not null)
                {
                    await next.DisposeAsync();
                    return Refuse(obstacle.Status, [.. messages, $"netsuperd: {obstacle.Message}"], dryRun: false);
                }
            }

            pidFile = section.PidFile is { } path && path != before.PidFile ? PidFile.Write(path) : null;
            var failures = await server.ApplyAsync(next);
            log.Apply();
            logger.Reloaded(changes.Count);
            if (section.Control != before.Control)
            {
                Use(control);
            }

            if (section.PidFile != before.PidFile)
            {
                _pidFile?.Remove();
                _pidFile = pidFile;
            }

            manager.Keep(() => server.Sockets(withChildren: false), logger);
            foreach (var failure in failures)
            {
                messages.Add($"netsuperd: {failure.Message}; trying again");
            }

            return new ReloadOutcome(StatusOf(failures), messages, changes);
        }
        catch (Exception failure) when (failure is LibcException or IOException or UnauthorizedAccessException or LogOutputException)
        {
            await next.DisposeAsync();
            pidFile?.Remove();
            control?.Unlink();
            await (control?.DisposeAsync() ?? ValueTask.CompletedTask);
            var isPermission = failure is UnauthorizedAccessException or LogOutputException { IsPermission: true };
            return Refuse(isPermission ? ExitStatus.NoPermission : ExitStatus.System, [.. messages, $"netsuperd: {failure.Message}"], dryRun: false);
        }
        finally
        {
            log?.Dispose();
        }
    }

    private ReloadOutcome Refuse(int status, IReadOnlyList<string> messages, bool dryRun)
    {
        if (!dryRun)
        {
            logger.ReloadRefused(string.Join('\n', messages));
        }

        return new ReloadOutcome(status, messages, []);
    }

    /// <summary>Does what a signal asks for, on a thread of the pool: other signals are not kept waiting. What comes of it is in the log.</summary>
    private void OnSignal(Func<Task> action)
    {
        lock (_signalling)
        {
            _signalled = Task.WhenAll(_signalled, Task.Run(async () =>
            {
                try
                {
                    await action();
                }
                catch (Exception failure)
                {
                    logger.SignalFailed(failure);
                }
            }));
        }
    }

    /// <summary>Tells the service manager that the daemon serves, and gives it the sockets to keep.</summary>
    private void Announce()
    {
        _isAnnounced = true;
        manager.Keep(() => server.Sockets(withChildren: false), logger);
        manager.Ready(Summary);
    }

    /// <summary>Lives on without accepting until the last connection has ended.</summary>
    private async Task LingerAsync()
    {
        var status = server.Status();
        if (status.Connections > 0)
        {
            logger.Lingering(status.Connections, Section.RestartLinger.TotalSeconds);
        }

        await server.LingerAsync(lifetime.StopToken, lifetime.Now);
        if (Predecessor is { } before)
        {
            await before.Ended;
        }

        // The command that asked for the restart is still being answered.
        await (_control?.DisposeAsync() ?? ValueTask.CompletedTask);
        lifetime.Stop();
    }

    /// <summary>What the process that has taken the place of this one asks it.</summary>
    private Task ServeSuccessorAsync(ControlLines channel) =>
        ControlServer.ServeChannelAsync(channel, new ControlCommands(OperatorCalls.Of(this)).AnswerAsync, logger, CancellationToken.None);

    /// <summary>Opens the control socket, or goes on with the one of the process before this one. Nobody is answered before it is used.</summary>
    /// <returns>Null for both where there is to be none, or why the daemon cannot be served without.</returns>
    private (ControlServer? Control, ControlBindFailure? Obstacle) MakeControl(DaemonSection section, Socket? inheritedSocket)
    {
        var commands = new ControlCommands(OperatorCalls.Of(this));
        if (section.Control is not { } path)
        {
            inheritedSocket?.Dispose();
            logger.NoControl();
            return (null, null);
        }

        if (inheritedSocket is not null && ControlSocket.IsAt(inheritedSocket, path))
        {
            return (ControlServer.Adopt(inheritedSocket, path, section.ControlIsDefault, commands.AnswerAsync, logger, TimeProvider.System), null);
        }

        inheritedSocket?.Dispose();
        var (control, failure) = ControlServer.Open(
            path, section.ControlIsDefault, takeOver: false, commands.AnswerAsync, logger, TimeProvider.System);
        if (failure is not null && section.ControlIsDefault && !_isStarted)
        {
            // Beside a daemon that has the default path, or without the right to make it, this one is served all the same.
            logger.ControlUnavailable(path, failure.Message);
            return (null, null);
        }

        return (control, failure);
    }

    private void Use(ControlServer? control)
    {
        if (_control is { } before)
        {
            // Who asked for the reload is still being answered there.
            before.Unlink();
            before.StopAccepting();
            _controlsBefore.Add(before);
        }

        _control = control;
        control?.Start();
    }

    private async Task CloseControlAsync()
    {
        _control?.Unlink();
        foreach (var control in _control is null ? _controlsBefore : [.. _controlsBefore, _control])
        {
            await control.DisposeAsync();
        }
    }

    /// <summary>Looks after what nobody reports, and tells the service manager that pool, watches and timers are alive.</summary>
    private async Task TendAsync(CancellationToken stopping)
    {
        var interval = manager.WatchdogInterval is { } most && most < TendInterval ? most : TendInterval;
        using var timer = new PeriodicTimer(interval);
        try
        {
            await TendOnceAsync();
            while (await timer.WaitForNextTickAsync(stopping))
            {
                if (!_isAnnounced)
                {
                    // The process before this one has said by now who the daemon is; until then the service manager listens to nobody else.
                    Announce();
                }

                await TendOnceAsync();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
    }

    /// <summary>What goes wrong with one look is tried again at the next.</summary>
    private async Task TendOnceAsync()
    {
        try
        {
            manager.Beat();
            if (Predecessor is not null && await OperatorCalls.BeforeAsync(this) is { } before)
            {
                server.CountElsewhere(before);
            }

            await server.TendAsync();
            _control?.EnsurePresent();
        }
        catch (Exception failure)
        {
            logger.TendFailed(failure);
        }
    }

    private void Fail(int status)
    {
        Status = status;
        lifetime.Stop();
    }

    private void Say(string message)
    {
        logger.StartFailed(message);
        if (server.Map.Log.Target == LogTarget.File)
        {
            // Whoever started it looks at the terminal, not into the log.
            Terminal.Say($"netsuperd: {message}");
        }
    }
}
