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

        var run = new Command("run", "Serve the map in the foreground") { config, ports };
        run.SetAction((parsed, _) => RunCommand.RunAsync(parsed.GetValue(config), parsed.GetValue(ports)!));

        var check = new Command("check", "Load the map without starting it") { config, ports, show };
        check.SetAction((parsed, _) => CheckCommand.RunAsync(parsed.GetValue(config), parsed.GetValue(ports)!, parsed.GetValue(show)));

        var send = new Command("send", "Send a word to an echo service and print the answer")
        {
            new Argument<string>("HOST"),
            new Argument<string>("WORD"),
            new Argument<string>("PORT") { Arity = ArgumentArity.ZeroOrOne },
        };

        var root = new RootCommand("NetSuperd, the superserver: listens on every port of the map and starts what answers there")
        {
            run, check, send,
        };
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Aliases.Clear();
            help.Aliases.Add("-h");
        }

        return root;
    }
}
