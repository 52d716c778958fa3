using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using NetSuperd.Commands;
using NetSuperd.Control;

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
        var control = new Option<string?>("--control") { Description = "The control socket of the daemon", HelpName = "PATH" };
        var diff = new Option<bool>("--diff") { Description = "Print what differs from the map that the daemon serves" };

        var run = new Command("run", "Serve the map in the foreground") { config, ports };
        run.SetAction((parsed, _) => RunCommand.RunAsync(parsed.GetValue(config), parsed.GetValue(ports)!));

        var check = new Command("check", "Load the map without starting it") { config, ports, show, diff, control };
        check.Validators.Add(result =>
        {
            if (result.GetValue(show) && result.GetValue(diff))
            {
                result.AddError("--show and --diff do not go together.");
            }
        });
        check.SetAction((parsed, _) => CheckCommand.RunAsync(
            parsed.GetValue(config), parsed.GetValue(ports)!, parsed.GetValue(show), parsed.GetValue(diff), parsed.GetValue(control)));

        var send = new Command("send", "Send a word to an echo service and print the answer")
        {
            new Argument<string>("HOST"),
            new Argument<string>("WORD"),
            new Argument<string>("PORT") { Arity = ArgumentArity.ZeroOrOne },
        };

        var root = new RootCommand("NetSuperd, the superserver: listens on every port of the map and starts what answers there")
        {
            run, check,
        };
        foreach (var command in DaemonCommands(control))
        {
            root.Add(command);
        }

        root.Add(send);
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Aliases.Clear();
            help.Aliases.Add("-h");
        }

        return root;
    }

    /// <summary>The commands that speak to a running daemon.</summary>
    private static IEnumerable<Command> DaemonCommands(Option<string?> control)
    {
        var config = new Option<string?>("--config")
        {
            Description = $"A map that says where the daemon is (daemon.control; default: {DefaultConfig})",
            HelpName = "FILE",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only print what would change" };
        var now = new Option<bool>("--now") { Description = "Do not wait for connections to end" };
        var json = new Option<bool>("--json") { Description = "Print JSON, for programs" };
        var watch = new Option<bool>("--watch") { Description = "Print again every second" };
        var name = new Argument<string>("NAME") { Description = "The service" };
        var peer = new Argument<string>("PEER") { Description = "An address, or uid:NAME for a unix socket" };
        var socket = new Argument<string>("SOCKET") { Description = "A socket as [ports] has it, such as 2005 or 192.0.2.1:21" };
        var id = new Argument<long>("ID")
        {
            Description = "The number of the connection, as 'netsuperd connections' shows it",
            CustomParser = result =>
            {
                if (!long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                {
                    result.AddError($"'{result.Tokens[0].Value}' is no connection: they have numbers, which 'netsuperd connections' shows.");
                }

                return number;
            },
        };

        yield return Of("reload", "Serve the changed map", parsed =>
            DaemonCommand.ReloadAsync(parsed.GetValue(control), parsed.GetValue(config), parsed.GetValue(dryRun)), dryRun);
        yield return Of("restart", "Go on in a new process, without closing a socket", parsed =>
            Ask(parsed, ControlRequest.Of(ControlCommand.Restart)));
        yield return Of("stop", "Stop the daemon, and return when it is gone", parsed =>
            StopCommand.RunAsync(parsed.GetValue(control), parsed.GetValue(config), parsed.GetValue(now)), now);
        yield return Of("status", "Show the services and sockets", parsed =>
            StatusCommand.RunAsync(parsed.GetValue(control), parsed.GetValue(config), parsed.GetValue(json), parsed.GetValue(watch)), json, watch);
        yield return Of("connections", "Show the connections", parsed =>
            DaemonCommand.ConnectionsAsync(parsed.GetValue(control), parsed.GetValue(config), parsed.GetValue(json)), json);
        yield return Of("pause", "Let the clients of a service wait", parsed =>
            Ask(parsed, ControlRequest.Of(ControlCommand.Pause) with { Service = parsed.GetValue(name) }), name);
        yield return Of("resume", "Let them in again", parsed =>
            Ask(parsed, ControlRequest.Of(ControlCommand.Resume) with { Service = parsed.GetValue(name) }), name);
        yield return Of("abort", "Abort a connection", parsed =>
            Ask(parsed, ControlRequest.Of(ControlCommand.Abort) with { Id = parsed.GetValue(id) }), id);

        yield return Of("explain", "Say who would serve a peer on a socket, and which line of the map decides", parsed => ExplainCommand.RunAsync(
            parsed.GetValue(peer)!, parsed.GetValue(socket)!, parsed.GetValue(control), parsed.GetValue(config), parsed.GetValue(json)), peer, socket, json);

        Task<int> Ask(ParseResult parsed, ControlRequest request) =>
            DaemonCommand.RunAsync(parsed.GetValue(control), parsed.GetValue(config), request);

        Command Of(string word, string description, Func<ParseResult, Task<int>> action, params Symbol[] own)
        {
            var command = new Command(word, description);
            foreach (var symbol in own)
            {
                if (symbol is Option option)
                {
                    command.Add(option);
                }
                else
                {
                    command.Add((Argument)symbol);
                }
            }

            command.Add(control);
            command.Add(config);
            command.SetAction((parsed, _) => action(parsed));
            return command;
        }
    }
}
