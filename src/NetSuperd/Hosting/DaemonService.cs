using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetSuperd.Logging;
using NetSuperd.Native;
using NetSuperd.Server;
using NetSuperd.Server.Config;

namespace NetSuperd.Hosting;

/// <summary>Starts and stops the server with the host, and keeps the exit status: the host's own run ends the same way in every case.</summary>
internal sealed class DaemonService(Superserver server, DaemonLifetime lifetime, ILogger logger) : IHostedService
{
    private PidFile? _pidFile;

    /// <summary>The exit status of the daemon.</summary>
    public int Status { get; private set; }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            var failures = server.Start();
            foreach (var failure in failures)
            {
                Say(failure.Message);
            }

            if (failures.Count > 0)
            {
                Fail(failures.All(failure => failure.IsPermission) ? ExitStatus.NoPermission : ExitStatus.System);
                return Task.CompletedTask;
            }

            _pidFile = server.Map.Daemon.PidFile is { } path ? PidFile.Write(path) : null;
            logger.Started(Environment.ProcessId, server.Map.Ports.Length);
        }
        catch (LibcException failure)
        {
            Say(failure.Message);
            Fail(ExitStatus.System);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Say($"cannot write the pid file {server.Map.Daemon.PidFile}: {failure.Message}");
            Fail(failure is UnauthorizedAccessException ? ExitStatus.NoPermission : ExitStatus.System);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Status == ExitStatus.Ok)
        {
            logger.Stopping(server.Map.Daemon.Drain.TotalSeconds);
        }

        await server.StopAsync(lifetime.Now);
        _pidFile?.Remove();
        if (Status == ExitStatus.Ok)
        {
            logger.Stopped();
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
