using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using NetSuperd.Commands;

namespace NetSuperd;

/// <summary>The commands and their options.</summary>
internal static class CommandLine
{
    public const string DefaultConfig = "/etc/netsuperd/netsuperd.toml";

    /// <summary>Parses and runs.</summary>
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        // A word that begins with @ is a word: response files are off.
        var parsed = Root().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count == 0)
        {
            // Signals and exceptions are ours: the library would end the process two seconds after a TERM.
            using var help = new StringWriter(CultureInfo.InvariantCulture);
            var status = await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = help });
            return help.GetStringBuilder().Length > 0 ? Terminal.Print(help.ToString()) : status;
        }

        foreach (var error in parsed.Errors)
        {
            Terminal.Say($"netsuperd: {error.Message}");
        }

        Terminal.Say("Try 'netsuperd --help'.");
        return ExitStatus.Usage;
    }

    private static RootCommand Root()
    {
        var config = new Option<string?>("--config")
        {
            Description = $"The map (default: {DefaultConfig})",
            HelpName = "FILE",
        };
        var ports = new Option<string[]>("--port")
        {
            Description = "A socket and the service on it, such as 2005=custom; alone it needs no map",
            HelpName = "KEY=SERVICE",
            DefaultValueFactory = _ => [],
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        var show = new Option<bool>("--show") { Description = "Print the effective map" };

        var diff = new Option<bool>("--diff") { Description = "Print what a reload would change in the running daemon" };
        var control = new Option<string?>("--control")
        {
            Description = "The daemon's control socket (default: that of --config, or the default one)",
            HelpName = "PATH",
        };

        var run = new Command("run", "Serve the map in the foreground") { config, ports };
        run.SetAction((parsed, _) => RunCommand.RunAsync(parsed.GetValue(config), parsed.GetValue(ports)!));

        var check = new Command("check", "Load the map without starting it") { config, ports, show, diff, control };
        check.SetAction((parsed, stopping) => CheckCommand.RunAsync(
            parsed.GetValue(config), parsed.GetValue(ports)!, parsed.GetValue(show), parsed.GetValue(diff), parsed.GetValue(control), stopping));

        var send = new Command("send", "Send a word to an echo service and print the answer")
        {
            new Argument<string>("HOST"),
            new Argument<string>("WORD"),
            new Argument<string>("PORT") { Arity = ArgumentArity.ZeroOrOne },
        };

        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var watch = new Option<bool>("--watch") { Description = "Again every second" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only print what would change" };
        var now = new Option<bool>("--now") { Description = "Without the drain time" };
        var service = new Argument<string>("NAME") { Description = "A service" };
        var id = new Argument<long>("ID") { Description = "A connection, by its number in 'netsuperd connections'" };

        Command Daemon(string name, string description, Func<DaemonCommand, ParseResult, CancellationToken, Task<int>> action, params Symbol[] more)
        {
            var command = new Command(name, description);
            foreach (var symbol in more)
            {
                if (symbol is Argument argument)
                {
                    command.Arguments.Add(argument);
                }
                else
                {
                    command.Options.Add((Option)symbol);
                }
            }

            command.Options.Add(control);
            command.Options.Add(config);
            command.SetAction((parsed, stopping) => action(new DaemonCommand(parsed.GetValue(control), parsed.GetValue(config)), parsed, stopping));
            return command;
        }

        var reload = Daemon(
            "reload",
            "Read the map again and apply what has changed; nothing changes where it has an error",
            (daemon, parsed, stopping) => daemon.ReloadAsync(parsed.GetValue(dryRun), stopping),
            dryRun);
        var restart = Daemon(
            "restart",
            "Start the program anew without closing a socket; connections stay with the old process until they end",
            (daemon, _, stopping) => daemon.RunAsync(DaemonCommand.New("restart"), stopping));
        var stop = Daemon(
            "stop", "Drain and stop; returns when the daemon is gone", (daemon, parsed, stopping) => daemon.StopAsync(parsed.GetValue(now), stopping), now);
        var status = Daemon(
            "status",
            "Services and sockets, their state and counters",
            (daemon, parsed, stopping) => daemon.StatusAsync(parsed.GetValue(json), parsed.GetValue(watch), stopping),
            json,
            watch);
        var connections = Daemon(
            "connections", "Every live connection", (daemon, parsed, stopping) => daemon.ConnectionsAsync(parsed.GetValue(json), stopping), json);
        var pause = Daemon(
            "pause",
            "Accept no more for a service; its clients wait",
            (daemon, parsed, stopping) => daemon.RunAsync(DaemonCommand.New("pause") with { Service = parsed.GetValue(service) }, stopping),
            service);
        var resume = Daemon(
            "resume",
            "Accept again for a service",
            (daemon, parsed, stopping) => daemon.RunAsync(DaemonCommand.New("resume") with { Service = parsed.GetValue(service) }, stopping),
            service);
        var abort = Daemon(
            "abort",
            "End a connection at once",
            (daemon, parsed, stopping) => daemon.RunAsync(DaemonCommand.New("abort") with { Id = parsed.GetValue(id) }, stopping),
            id);

        var root = new RootCommand("NetSuperd, the superserver: listens on every port of the map and starts what answers there")
        {
            run, check, reload, restart, stop, status, connections, pause, resume, abort, send,
        };
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Aliases.Clear();
            help.Aliases.Add("-h");
        }

        return root;
    }
}
