namespace NetSuperd.FunctionalTests.Harness;

/// <summary>The commands of <c>netsuperd</c> that end by themselves.</summary>
internal static class Netsuperd
{
    /// <summary>Runs a command.</summary>
    public static Task<CommandResult> RunAsync(params string[] arguments)
    {
        var command = TestedSystem.Current.Command(BuiltTree.Program, arguments);
        return Command.RunAsync(command[0], command[1..]);
    }

    /// <summary>Runs <c>netsuperd send</c> against this host.</summary>
    public static Task<CommandResult> SendAsync(string word, int port) => RunAsync("send", "127.0.0.1", word, $"{port}");
}
