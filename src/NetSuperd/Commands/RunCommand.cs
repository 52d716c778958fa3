using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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
        using var signals = new DaemonLifetime();
        PoolThreads.Start();
        using var manager = new ServiceManager();
        var inherited = Inherited.Take();
        using var predecessors = inherited.Predecessors;
        manager.Remember(inherited.Sockets.Select(socket => socket.Name));
        LogOutput? output = null;
        if (inherited.Obstacle is { } obstacle)
        {
            Terminal.Say(obstacle);
            return await FailAsync(inherited, ExitStatus.System, obstacle);
        }

        try
        {
            var (loaded, server) = MapArguments.Load(config, ports, toRun: true, log => (output = LogOutput.Open(log)).Loggers);
            if (server is null)
            {
                MapArguments.Say(loaded);
                return await FailAsync(inherited, MapArguments.Status(loaded), ProblemText.Format(loaded));
            }

            var log = output!;
            signals.ReopenLog = () => log.Reopen();

            // An exception on a thread that a plugin has started ends the process; the log should have the cause.
            AppDomain.CurrentDomain.UnhandledException += (_, _) => log.Dispose();
            var logger = log.Loggers.CreateLogger("NetSuperd");
            foreach (var warning in loaded.Problems)
            {
                logger.MapWarning(warning);
            }

            await using (server)
            {
                using var daemon = new Daemon(server, signals, log, manager, inherited, logger);
                var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
                builder.Services.AddSingleton(log.Loggers);
                builder.Services.AddSingleton<IHostLifetime>(signals);
                builder.Services.AddSingleton<IHostedService>(daemon);

                // The daemon drains by itself, with a limit of its own; the host must not shorten that.
                builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
                using var host = builder.Build();
                signals.Attach(host.Services.GetRequiredService<IHostApplicationLifetime>(), logger);
                try
                {
                    await host.RunAsync();
                }
                catch (OperationCanceledException) when (signals.StopRequested)
                {
                    // The host reports a stop that came before it had started in this way.
                    return ExitStatus.Ok;
                }

                return daemon.Status;
            }
        }
        catch (LogOutputException failure)
        {
            Terminal.Say($"netsuperd: {failure.Message}");
            return await FailAsync(
                inherited, failure.IsPermission ? ExitStatus.NoPermission : ExitStatus.System, $"netsuperd: {failure.Message}");
        }
        finally
        {
            output?.Dispose();
        }
    }

    /// <summary>The operator asked the predecessor for a restart: it is told why this process does not serve.</summary>
    private static async Task<int> FailAsync(Inherited inherited, int status, params IReadOnlyList<string> messages)
    {
        await inherited.Predecessors.ReportAsync(ControlAnswer.Of(status, messages));
        return status;
    }
}
