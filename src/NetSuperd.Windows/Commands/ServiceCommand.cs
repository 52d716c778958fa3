using System.CommandLine;
using System.ComponentModel;
using NetSuperd.Windows.Services;

namespace NetSuperd.Windows.Commands;

/// <summary><c>netsuperd service</c>: registers the daemon as a service of Windows, starts and stops it.</summary>
internal static class ServiceCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var name = new Option<string>("--name")
        {
            Description = "The name of the service", HelpName = "NAME", DefaultValueFactory = _ => ServiceName.Default,
        };
        return new Command("service", "Run the daemon as a service of Windows")
        {
            Install(name),
            With("uninstall", "Stop the service and remove it", name, ServiceChange.UninstallAsync),
            With("start", "Start the service and wait until it serves", name, ServiceChange.StartAsync),
            With("stop", "Stop the service and wait until its connections have ended", name, ServiceChange.StopAsync),
            With(
                "status",
                "Show whether the service runs",
                name,
                (manager, service) => Task.FromResult(ServiceChange.Show(manager, service))),
        };
    }

    private static Command Install(Option<string> name)
    {
        var config = new Option<string?>("--config", "-c")
        {
            Description = $"The map (default: {CommandLine.DefaultConfig})", HelpName = "FILE",
        };
        var account = new Option<string?>("--account")
        {
            Description = @"The account that it runs as (default: NT SERVICE\NAME, which has no rights of its own)", HelpName = "ACCOUNT",
        };
        var install = new Command("install", "Register the service, or register it anew after a change") { config, name, account };
        install.SetAction((parsed, _) => GuardedAsync(parsed.GetValue(name)!, service => ServiceInstall.RunAsync(
            service, parsed.GetValue(config) ?? CommandLine.DefaultConfig, parsed.GetValue(account))));
        return install;
    }

    private static Command With(string word, string text, Option<string> name, Func<ServiceControlManager, string, Task<int>> act)
    {
        var command = new Command(word, text) { name };
        command.SetAction((parsed, _) => GuardedAsync(parsed.GetValue(name)!, async service =>
        {
            using var manager = new ServiceControlManager();
            return await act(manager, service);
        }));
        return command;
    }

    /// <summary>Runs a command; says why Windows has refused it.</summary>
    /// <returns>The exit status.</returns>
    private static async Task<int> GuardedAsync(string name, Func<string, Task<int>> act)
    {
        if (!ServiceName.IsValid(name))
        {
            Terminal.Say("netsuperd: --name takes letters, digits, dots, hyphens and underscores, at most 80");
            return ExitStatus.Usage;
        }

        try
        {
            return await act(name);
        }
        catch (Win32Exception failure)
        {
            var (message, status) = ServiceFailure.Of(failure, name);
            Terminal.Say($"netsuperd: {message}");
            return status;
        }
        catch (UnauthorizedAccessException)
        {
            Terminal.Say($"netsuperd: {ServiceFailure.NotElevated}");
            return ExitStatus.NoPermission;
        }
    }
}
