namespace NetSuperd.FunctionalTests.Harness;

/// <summary>What a shell sets up before it becomes the program: redirections, a mask, a directory.</summary>
internal static class Shell
{
    /// <summary>For <see cref="DaemonSetup.Through"/>.</summary>
    /// <param name="preparation">Commands and, with <c>exec</c>, redirections, such as <c>exec 2&gt;&amp;-</c>.</param>
    public static IReadOnlyList<string> Through(string preparation) => ["/bin/sh", "-c", preparation + "; exec \"$@\"", "sh"];

    /// <summary>Runs <c>netsuperd</c>.</summary>
    public static Task<CommandResult> RunAsync(string preparation, params string[] arguments)
    {
        string[] command = [.. Through(preparation), BuiltTree.Program, .. arguments];
        return Command.RunAsync(command[0], command[1..]);
    }
}
