using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Control;

/// <summary>Completion in the shells themselves, with what a running daemon serves.</summary>
public sealed class CompletionTests
{
    private const string Map = """
        [daemon]
        [ports]
        "127.0.0.1:%port%" = "echo"
        "@netsuperd-completion-%port%" = "discard"
        """;

    // On a busy machine a completion gives up on the daemon, and all of them have to succeed at once.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // Each prints, for each line of the arguments, what may follow it. bash gets the line in variables, as it is set by readline.
    private const string Bash = """
        source <(netsuperd completion bash)
        compopt() { COMPREPLY=("files by $*"); }
        for line; do
            COMP_LINE=$line COMP_POINT=${#line} _netsuperd netsuperd
            printf '%s\n' "$line:" "${COMPREPLY[@]}"
        done
        """;

    private const string Fish = """
        netsuperd completion fish | source
        for line in $argv
            echo "$line:"
            complete -C $line | string replace -r '\t.*' ''
        end
        """;

    // zsh completes only at a terminal: the line of an interactive one is completed there.
    private const string Zsh = """
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "stty cols 500; autoload -Uz compinit; compinit -u -d ./dump; source <(netsuperd completion zsh); echo REA''DY"
        zpty -r -m shell said '*READY*'
        for line; do
            zpty -w -n shell "$line"$'\t'
            zpty -w -n shell $'\C-a: \C-e END\n'
            zpty -r -m shell said '*END*'
            print -r -- "$said"
        done
        zpty -d shell
        """;

    [Fact]
    public async Task Words_InEveryShell_AreCompleted()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var at = $"--control {daemon.Scratch["control.sock"]}";
        var (port, folder) = (daemon.Port("port"), daemon.Scratch.Folder);
        string[] lines =
        [
            "netsuperd stat", $"netsuperd pause {at} e", $"netsuperd explain {at} 127.0.0.1 @",
            $"netsuperd explain {at} 127.0.0.1 127.0.0.1:", $"netsuperd check --config {folder}/map.t", "netsuperd run --port 7=ec",
        ];

        await CompletesAsync(
            daemon, "bash", ["--norc", "-c", Bash, "bash", .. lines],
            Answers(lines, "status", "echo", $"netsuperd-completion-{port}", $"{port}/tcp", "files by -o default", "echo"));
        await CompletesAsync(
            daemon, "fish", ["--no-config", "-c", Fish, .. lines],
            Answers(
                lines, "status", "echo", $"@netsuperd-completion-{port}", $"127.0.0.1:{port}/tcp", $"{folder}/map.toml", "7=echo"));
        await CompletesAsync(
            daemon, "zsh", ["-f", "-c", Zsh, "zsh", .. lines],
            ["netsuperd status", $"{at} echo", $"@netsuperd-completion-{port}", $"127.0.0.1:{port}/tcp", $"{folder}/map.toml", "7=echo"]);
    }

    /// <summary>Each line with its one completion below it, as bash and fish print them here.</summary>
    private static IEnumerable<string> Answers(string[] lines, params string[] completions) =>
        lines.Zip(completions, (line, completion) => $"{line}:\n{completion}\n");

    /// <summary>
    /// Waits until all is completed at once: on a busy machine some of the daemon's answers come too late for the first attempt.
    /// </summary>
    private static Task<string> CompletesAsync(
        Daemon daemon, string shell, string[] arguments, IEnumerable<string> expected) => Deadline.UntilAsync(
        () => RunAsync(daemon, shell, arguments),
        output => expected.All(text => output.Contains(text, StringComparison.Ordinal)),
        $"completions of {shell}: {string.Join(" | ", expected)}",
        Patience);

    private static async Task<string> RunAsync(Daemon daemon, string shell, string[] arguments)
    {
        var result = await Command.RunAsync(Deadline.Default, shell, arguments, daemon.Scratch.Folder, new Dictionary<string, string>
        {
            ["PATH"] = $"{BuiltTree.Folder}:{Environment.GetEnvironmentVariable("PATH")}",
            ["HOME"] = daemon.Scratch.Folder,
            ["TERM"] = "dumb",
        });
        Assert.Equal("", result.Errors);
        return result.Output;
    }
}
