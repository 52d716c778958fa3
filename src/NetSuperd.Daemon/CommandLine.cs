using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using NetSuperd.Commands;
using NetSuperd.Control;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Import;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd;

/// <summary>The commands and their options.</summary>
internal static class CommandLine
{
    /// <summary>The map where no other is named.</summary>
    public static string DefaultConfig => Installation.Current.DefaultConfig;

    private const int HelpWidth = 80;

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
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = help, Error = help,
                });
            return help.GetStringBuilder().Length > 0 ? Terminal.Print(help.ToString()) : status;
        }

        foreach (var complaint in Complaints(parsed))
        {
            Terminal.Say($"netsuperd: {complaint}");
        }

        Terminal.Say("Try 'netsuperd --help'.");
        return ExitStatus.Usage;
    }

    /// <summary>What is wrong with the words, and which command or option they may have meant.</summary>
    private static IEnumerable<string> Complaints(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command is RootCommand && parsed.UnmatchedTokens is [[not '-', ..] word, ..])
        {
            return [$"there is no command '{word}'{Suggestion.For(word, command.Subcommands.Select(known => known.Name))}"];
        }

        var stray = parsed.UnmatchedTokens.Where(word => word.StartsWith('-')).ToList();
        return stray.Select(word => NoOption(word, command)).Concat(parsed.Errors.Select(error => error.Message)
            .Where(message => !stray.Exists(word => message.Contains($"'{word}'", StringComparison.Ordinal))));
    }

    private static string NoOption(string word, Command command) =>
        $"there is no option '{word}'{Suggestion.For(word, command.Options.Select(known => known.Name))}";

    /// <summary>The tree of commands.</summary>
    public static RootCommand Root()
    {
        var config = new Option<string?>("--config", "-c")
        {
            Description = $"The map (default: {DefaultConfig})",
            HelpName = "FILE",
        };
        var daemonConfig = new Option<string?>("--config", "-c")
        {
            Description = $"The map that names the {Installation.Current.ControlNoun} (daemon.control; default: {DefaultConfig})",
            HelpName = "FILE",
        };
        var ports = new Option<string[]>("--port")
        {
            Description = "A socket and its service, such as 2005=custom; without --config no map is read",
            HelpName = "KEY=SERVICE",
            DefaultValueFactory = _ => [],
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        var control = new Option<string?>("--control")
        {
            Description = $"The {Installation.Current.ControlNoun} of the daemon", HelpName = "PATH",
        };

        var root = new RootCommand("NetSuperd, a superserver: listens on every port of the map and hands each connection to its service")
        {
            Run(config, ports), Check(config, ports, control), Import(),
        };
        foreach (var command in ControlCommand.All.Where(command => command.Text is not null))
        {
            root.Add(Asking(command, control, command.ReadsMap ? config : daemonConfig));
        }

        foreach (var command in Installation.Current.Commands(control, daemonConfig))
        {
            root.Add(command);
        }

        root.Add(Send());
        root.Add(Completion());
        root.Add(Schema());
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Aliases.Clear();
            help.Aliases.Add("-h");

            // To ask a terminal for its width, the library would set it up with escape sequences.
            help.Action = new HelpAction { MaxWidth = Terminal.IsTerminal ? HelpWidth : int.MaxValue };
        }

        return root;
    }

    private static Command Run(Option<string?> config, Option<string[]> ports)
    {
        var run = new Command("run", "Serve the map in the foreground") { config, ports };
        var map = AddMap(run, config);
        run.SetAction((parsed, _) => RunCommand.RunAsync(parsed.GetValue(map) ?? parsed.GetValue(config), parsed.GetValue(ports)!));
        return run;
    }

    private static Command Check(Option<string?> config, Option<string[]> ports, Option<string?> control)
    {
        var show = new Option<bool>("--show") { Description = "Print the effective map" };
        var diff = new Option<bool>("--diff") { Description = "Print how the map differs from the one that the daemon serves" };
        var full = new Option<bool>("--full") { Description = "With --diff: print the defaults of new services and sockets as well" };
        var check = new Command("check", "Check the map without serving it") { config, ports, show, diff, full, control };
        var map = AddMap(check, config);
        check.Validators.Add(result =>
        {
            if (result.GetValue(show) && result.GetValue(diff))
            {
                result.AddError("--show and --diff do not go together.");
            }
        });
        check.SetAction((parsed, _) => CheckCommand.RunAsync(
            parsed.GetValue(map) ?? parsed.GetValue(config),
            parsed.GetValue(ports)!,
            parsed.GetValue(control),
            new CheckOutput(parsed.GetValue(show), parsed.GetValue(diff), parsed.GetValue(full))));
        return check;
    }

    /// <summary>Adds the argument for the map, beside the option.</summary>
    private static Argument<string?> AddMap(Command command, Option<string?> config)
    {
        var map = new Argument<string?>("FILE") { Description = "The map, as with --config", Arity = ArgumentArity.ZeroOrOne };
        command.Add(map);
        command.Validators.Add(result =>
        {
            if (result.GetValue(map) is not null && result.GetValue(config) is not null)
            {
                result.AddError("Name the map once: as FILE or with --config.");
            }

            if (result.GetValue(map) is ['-', ..] word)
            {
                result.AddError($"{NoOption(word, command)} (a file of that name is ./{word})");
            }
        });
        return map;
    }

    private static Command Import()
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = $"The files, after the format if it cannot be recognised: {ForeignFormats.AllWords}",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--output")
        {
            Description = "Write a drop-in for each service into this folder, instead of printing a map", HelpName = "FOLDER",
        };
        var verbose = new Option<bool>("--verbose") { Description = "Report what is kept as well" };
        var strict = new Option<bool>("--strict") { Description = "Exit with status 65 if something is lost" };
        var import = new Command("import", "Translate the configuration of another superserver into a map")
        {
            paths, output, verbose, strict,
        };
        import.SetAction((parsed, _) => Task.FromResult(ImportCommand.Run(
            parsed.GetValue(paths)!, parsed.GetValue(output), parsed.GetValue(verbose), parsed.GetValue(strict))));
        return import;
    }

    private static Command Send() => new("send", "Send a word to an echo service and print the answer")
    {
        new Argument<string>("HOST"),
        new Argument<string>("WORD"),
        new Argument<string>("PORT") { Arity = ArgumentArity.ZeroOrOne },
    };

    private static Command Completion()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or powershell" };
        shell.AcceptOnlyFromAmong([.. CompletionCommand.Shells]);
        var completion = new Command("completion", "Print the script by which a shell completes netsuperd") { shell };
        completion.SetAction(parsed => CompletionCommand.Run(parsed.GetValue(shell)!));
        return completion;
    }

    private static Command Schema()
    {
        var schema = new Command("schema", "Print the JSON schema of the map, for editors");
        schema.SetAction(_ => Terminal.Print(MapSchema.Format()));
        return schema;
    }

    /// <summary>A command that asks a running daemon.</summary>
    private static Command Asking(ControlCommand entry, Option<string?> control, Option<string?> config)
    {
        var command = new Command(entry.Word, entry.Text);
        foreach (var argument in entry.Arguments)
        {
            if (argument.Symbol is Option option)
            {
                command.Add(option);
            }
            else
            {
                command.Add((Argument)argument.Symbol);
            }
        }

        command.Add(control);
        command.Add(config);
        command.SetAction((parsed, _) => entry.Ask(CommandCall.From(entry, parsed, control, config)));
        return command;
    }
}
