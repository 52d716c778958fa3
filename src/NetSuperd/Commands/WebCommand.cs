using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Files;

namespace NetSuperd.Commands;

/// <summary>
/// <c>netsuperd web</c>: the page, served by a process without rights. This process reads the command line and the map, and executes
/// <c>netsuperd-web</c> in its place; root gives its rights away before.
/// </summary>
internal static class WebCommand
{
    /// <summary>Where the page is by default.</summary>
    public const string DefaultListen = "127.0.0.1:8070";

    private const string User = "netsuperd-web";
    private const string AnyUser = "nobody";

    /// <summary>The command.</summary>
    public static Command Create(Option<string?> control, Option<string?> config)
    {
        var listen = new Option<string>("--listen")
        {
            Description = "The address and port of the page",
            HelpName = "ADDRESS:PORT",
            DefaultValueFactory = _ => DefaultListen,
        };
        var hosts = new Option<string[]>("--host")
        {
            Description = "A name by which browsers may ask for the page, beside its address",
            HelpName = "NAME",
            DefaultValueFactory = _ => [],
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        var operate = new Option<bool>("--operate")
        {
            Description = "Take the token of daemon.operator_token_file for pause, resume, abort and reload",
        };
        var web = new Command("web", "Serve a page that shows the daemon, its metrics and health")
        {
            listen, hosts, operate, control, config,
        };
        web.SetAction(parsed => Run(
            parsed.GetValue(listen)!,
            parsed.GetValue(hosts)!,
            parsed.GetValue(operate),
            parsed.GetValue(control),
            parsed.GetValue(config)));
        return web;
    }

    private static int Run(string listen, string[] hosts, bool operates, string? control, string? config)
    {
        if (!IPEndPoint.TryParse(listen, out var end) || end.Port == 0 || !listen.EndsWith($":{end.Port}", StringComparison.Ordinal))
        {
            Terminal.Say($"netsuperd: '{listen}' is no address and port, such as {DefaultListen} or [::1]:8070");
            return ExitStatus.Usage;
        }

        if (Array.Find(hosts, host => Uri.CheckHostName(host) != UriHostNameType.Dns) is { } wrong)
        {
            Terminal.Say($"netsuperd: '{wrong}' is no name of a host");
            return ExitStatus.Usage;
        }

        var (path, status) = DaemonArguments.Find(control, config, isQuestion: true);
        if (path is null)
        {
            return status;
        }

        var program = Path.Combine(AppContext.BaseDirectory, "web", "netsuperd-web");
        if (!FileStatus.IsExecutable(program))
        {
            Terminal.Say($"netsuperd: {program} is missing; it belongs to the installation");
            return ExitStatus.System;
        }

        string[] words = [program, $"{end}", path, operates ? "operate" : "show", .. hosts];
        if (ProcessIdentity.IsRoot)
        {
            return RunAsAnother(path, words);
        }

        Execute(program, words);
        return ExitStatus.System;
    }

    /// <summary>A page of root would be root for a stranger who takes it over: it runs as a user that may ask, and nothing else.</summary>
    private static int RunAsAnother(string control, string[] words)
    {
        var socket = ControlPath.StatusBeside(control);
        if (FileStatus.Of(socket) is not { } status)
        {
            Terminal.Say($"netsuperd: there is no socket at {socket}, which the page would ask as another user than root: "
                + $"start the daemon, and name a group as daemon.status_group, such as status_group = \"{User}\"");
            return ExitStatus.Unavailable;
        }

        if ((NameService.User(User) ?? NameService.User(AnyUser)) is not { } user)
        {
            Terminal.Say($"netsuperd: the page runs as the user '{User}' or '{AnyUser}', and this system has neither; make the first");
            return ExitStatus.System;
        }

        var helper = Path.Combine(AppContext.BaseDirectory, "netsuperd-exec");
        Execute(helper, [
            helper,
            string.Create(CultureInfo.InvariantCulture, $"--uid={user.UserId}"),
            string.Create(CultureInfo.InvariantCulture, $"--gid={user.GroupId}"),
            string.Create(CultureInfo.InvariantCulture, $"--groups={status.GroupId}"),
            "--no-new-privs", "--", .. words,
        ]);
        return ExitStatus.System;
    }

    private static void Execute(string program, IEnumerable<string> words)
    {
        ProcessArguments.Execute(program, [.. words.Select(Encoding.UTF8.GetBytes)]);
        Terminal.Say($"netsuperd: cannot execute {program}");
    }
}
