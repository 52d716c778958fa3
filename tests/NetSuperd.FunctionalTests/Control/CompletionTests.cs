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

        Assert.Equal(
            string.Join('\n', [
                lines[0] + ":", "status", lines[1] + ":", "echo", lines[2] + ":", $"netsuperd-completion-{port}",
                lines[3] + ":", $"{port}/tcp", lines[4] + ":", "files by -o default", lines[5] + ":", "echo", "",
            ]),
            await CompleteAsync(daemon, "bash", ["--norc", "-c", Bash, "bash", .. lines]));
        Assert.Equal(
            string.Join('\n', [
                lines[0] + ":", "status", lines[1] + ":", "echo", lines[2] + ":", $"@netsuperd-completion-{port}",
                lines[3] + ":", $"127.0.0.1:{port}/tcp", lines[4] + ":", $"{folder}/map.toml", lines[5] + ":", "7=echo", "",
            ]),
            await CompleteAsync(daemon, "fish", ["--no-config", "-c", Fish, .. lines]));
        var zsh = await CompleteAsync(daemon, "zsh", ["-f", "-c", Zsh, "zsh", .. lines]);
        Assert.All(
            ["netsuperd status", $"{at} echo", $"@netsuperd-completion-{port}", $"127.0.0.1:{port}/tcp", $"{folder}/map.toml", "7=echo"],
            completed => Assert.Contains(completed, zsh, StringComparison.Ordinal));
    }

    /// <summary>What a shell prints; on a busy machine the answer of the daemon may come too late for the first attempt.</summary>
    private static Task<string> CompleteAsync(Daemon daemon, string shell, string[] arguments) => Deadline.UntilAsync(
        () => RunAsync(daemon, shell, arguments),
        output => output.Split("echo").Length > 2
            && output.Contains($"{daemon.Port("port")}/tcp", StringComparison.Ordinal)
            && output.Contains($"netsuperd-completion-{daemon.Port("port")}", StringComparison.Ordinal),
        $"offers of the daemon in {shell}",
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
