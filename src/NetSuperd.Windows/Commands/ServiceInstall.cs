using System.ComponentModel;
using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Commands;
using NetSuperd.Hosting;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;
using NetSuperd.Windows.Control;
using NetSuperd.Windows.Logging;
using NetSuperd.Windows.Services;

namespace NetSuperd.Windows.Commands;

/// <summary><c>netsuperd service install</c>.</summary>
internal static class ServiceInstall
{
    /// <summary>Registers the service. One that is there is registered anew, so that an upgrade is the same command.</summary>
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(string name, string config, string? wanted)
    {
        if (ServiceName.Account(wanted, name) is not { } account)
        {
            Terminal.Say($@"netsuperd: --account takes NT SERVICE\{name}, LocalService, NetworkService, LocalSystem or a managed account "
                + @"(DOMAIN\name$); another account needs a password: install without --account, then set it in services.msc");
            return ExitStatus.Usage;
        }

        using var manager = new ServiceControlManager(toCreate: true);
        var map = FullPath.Of(config);
        var (status, longestStop) = await CheckAsync(map);
        if (status != ExitStatus.Ok)
        {
            return status;
        }

        return Register(manager, new ServiceDefinition
        {
            Name = name, Account = account, Program = Environment.ProcessPath!, Config = map, LongestStop = longestStop,
        });
    }

    /// <summary>Checks the map, and what the service will load.</summary>
    /// <returns>The exit status, and how long a stop takes by the map.</returns>
    private static async Task<(int Status, TimeSpan LongestStop)> CheckAsync(string map)
    {
        var (loaded, server) = await MapArguments.LoadAsync(map, [], toRun: true, _ => NullLoggerFactory.Instance);
        MapArguments.Say(loaded);
        if (server is null)
        {
            return (MapArguments.Status(loaded), default);
        }

        await server.DisposeAsync();
        var complaints = Complaints(AppContext.BaseDirectory);
        foreach (var complaint in complaints)
        {
            Terminal.Say($"netsuperd: {complaint}");
        }

        return (complaints.Count > 0 ? ExitStatus.Config : ExitStatus.Ok, loaded.Map.Daemon.Drain + Daemon.StopGrace);
    }

    /// <summary>Why another user could change what the service runs.</summary>
    private static List<string> Complaints(string folder) =>
    [
        .. Directory.EnumerateFiles(folder).SelectMany(file =>
        {
            using var path = MapArguments.Host.Files.Walk(file);
            return path.Complaints;
        }).Distinct(),
    ];

    private static int Register(ServiceControlManager manager, ServiceDefinition definition)
    {
        var isNew = !manager.Has(definition.Name);
        using var service = isNew ? manager.Create(definition) : manager.Open(definition.Name, RegisteredService.ToConfigure);
        if (!isNew && service.Configuration.CommandLine is var registered && !Accounts.IsThisProgram(registered))
        {
            Terminal.Say($"netsuperd: another program has the service '{definition.Name}': {registered}; give --name another one");
            return ExitStatus.System;
        }

        try
        {
            if (!isNew)
            {
                service.Change(definition);
            }

            foreach (var missing in service.Configure(definition))
            {
                Terminal.Say($"netsuperd: services of this system have no {missing}; it is left out");
            }

            EventSource.Register(definition.Name, AppContext.BaseDirectory);
        }
        catch (Exception failure) when (isNew && failure is Win32Exception or UnauthorizedAccessException)
        {
            service.Delete();
            throw;
        }

        var isRunning = service.Status.Status.dwCurrentState != Advapi32.SERVICE_STOPPED;
        var option = definition.Name == ServiceName.Default ? "" : $" --name {definition.Name}";
        Terminal.Say(
            $"netsuperd: the service '{definition.Name}' is {(isNew ? "installed" : "registered anew")}, and runs as {definition.Account}; "
            + (isRunning ? "what has changed holds from its next start" : $"start it: netsuperd service start{option}"));
        return ExitStatus.Ok;
    }
}
