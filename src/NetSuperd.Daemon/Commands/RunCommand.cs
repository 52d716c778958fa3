using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetSuperd.Control;
using NetSuperd.Hosting;
using NetSuperd.Logging;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Commands;

/// <summary><c>netsuperd run</c>: the daemon, in the foreground.</summary>
internal static class RunCommand
{
    public static async Task<int> RunAsync(string? config, string[] ports)
    {
        // This comes first: HUP and USR1 kill a process that has not registered for them.
        using var lifetime = new DaemonLifetime();
        using var requests = Installation.Current.Listen(lifetime);
        PoolThreads.Start();
        var (manager, succession) = Installation.Current.Start();
        using var service = manager;
        using var before = succession;
        if (succession.Obstacle is { } obstacle)
        {
            Terminal.SayProblem(obstacle, isError: true);
            return await FailAsync(succession, ExitStatus.System, obstacle);
        }

        LogOutput? output = null;
        try
        {
            var (loaded, server) = await MapArguments.LoadAsync(
                config, ports, toRun: true, log => (output = LogOutput.Open(log)).Loggers);
            if (server is null)
            {
                MapArguments.Say(loaded);
                return await FailAsync(succession, MapArguments.Status(loaded), ProblemText.Format(loaded));
            }

            await using (server)
            {
                var logger = LoggerOf(output!, lifetime);
                foreach (var warning in loaded.Problems)
                {
                    logger.MapWarning(warning);
                }

                using var daemon = new Daemon(server, lifetime, output!, manager, succession, logger);
                return await RunAsync(daemon, lifetime, output!, logger);
            }
        }
        catch (LogOutputException failure)
        {
            Terminal.SayProblem($"netsuperd: {failure.Message}", isError: true);
            return await FailAsync(
                succession, failure.IsPermission ? ExitStatus.NoPermission : ExitStatus.System, $"netsuperd: {failure.Message}");
        }
        finally
        {
            output?.Dispose();
        }
    }

    /// <summary>The logger of the daemon, with what the end of the process and a rotation mean for the log.</summary>
    private static ILogger LoggerOf(LogOutput log, DaemonLifetime lifetime)
    {
        lifetime.ReopenLog = () => log.Reopen();

        // An exception on a thread that a plugin has started ends the process; the log should have the cause.
        AppDomain.CurrentDomain.UnhandledException += (_, _) => log.Dispose();
        return log.Loggers.CreateLogger("NetSuperd");
    }

    /// <summary>Runs the daemon in a host until it stops.</summary>
    /// <returns>The exit status.</returns>
    private static async Task<int> RunAsync(Daemon daemon, DaemonLifetime lifetime, LogOutput log, ILogger logger)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(log.Loggers);
        builder.Services.AddSingleton<IHostLifetime>(lifetime);
        builder.Services.AddSingleton<IHostedService>(daemon);

        // The daemon drains by itself, with a limit of its own; the host must not shorten that.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        using var host = builder.Build();
        lifetime.Attach(host.Services.GetRequiredService<IHostApplicationLifetime>(), logger);
        try
        {
            await host.RunAsync();
        }
        catch (OperationCanceledException) when (lifetime.StopRequested)
        {
            // The host reports a stop that came before it had started in this way.
            return ExitStatus.Ok;
        }

        return daemon.Status;
    }

    /// <summary>The operator asked the predecessor for a restart: it is told why this process does not serve.</summary>
    private static async Task<int> FailAsync(Succession succession, int status, params IReadOnlyList<string> messages)
    {
        await succession.Predecessors.ReportAsync(ControlAnswer.Of(status, messages));
        return status;
    }
}
