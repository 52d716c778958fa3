namespace NetSuperd.Commands;

/// <summary><c>netsuperd completion SHELL</c>: prints the script by which a shell completes the command line.</summary>
internal static class CompletionCommand
{
    /// <summary>The shells; the script of each is a resource of the program.</summary>
    public static readonly IReadOnlyList<string> Shells = ["bash", "zsh", "fish", "powershell"];

    /// <returns>0, or 71 where it cannot be printed.</returns>
    public static int Run(string shell)
    {
        using var script = new StreamReader(typeof(CompletionCommand).Assembly.GetManifestResourceStream($"completion.{shell}")!);
        return Terminal.Print(script.ReadToEnd());
    }
}
