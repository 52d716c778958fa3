using NetSuperd.Control;

namespace NetSuperd.Commands;

/// <summary>
/// The commands for a running daemon: one request; the messages of the answer go to standard error, its data to standard output, and its
/// status becomes the exit status. A command that is carried out prints nothing.
/// </summary>
internal static class DaemonCommand
{
    /// <summary>Sends the request, and prints the messages of the answer.</summary>
    public static Task<int> RunAsync(CommandCall call) => RunAsync(call, null);

    /// <summary>Sends the request, and shows the answer.</summary>
    /// <param name="call">The command.</param>
    /// <param name="show">Makes text of the answer's data; null: there is nothing to print.</param>
    public static async Task<int> RunAsync(CommandCall call, Func<ControlAnswer, string?>? show)
    {
        var command = ControlCommand.Find(call.Request.Command)!;
        if (command.Check(call.Request) is { } problem)
        {
            Terminal.Say($"netsuperd: {problem}");
            return ExitStatus.Usage;
        }

        var (path, status) = DaemonArguments.Find(call.Control, call.Config, command.IsQuestion);
        if (path is null)
        {
            return status;
        }

        var answer = await ControlClient.AskAsync(path, call.Request, CancellationToken.None);
        Say(answer);
        return Show(answer, show);
    }

    /// <summary><c>netsuperd connections</c>.</summary>
    public static Task<int> ConnectionsAsync(CommandCall call) => RunAsync(
        call,
        answer => answer.Connections is not { } connections ? null
            : call.Json ? ControlProtocol.Document(new ConnectionList(connections), ControlJson.Default.ConnectionList)
            : ConnectionsText.Format(connections, call.Room));

    /// <summary><c>netsuperd reload</c>; with <c>--dry-run</c> it prints what would change.</summary>
    public static Task<int> ReloadAsync(CommandCall call) => RunAsync(
        call, answer => call.Request.DryRun is true && answer.Changes is { } changes ? MapChanges.Format(changes, call.Full) : null);

    /// <summary>Prints the messages of an answer.</summary>
    public static void Say(ControlAnswer answer)
    {
        foreach (var message in answer.Messages)
        {
            Terminal.SayLines(message);
        }
    }

    /// <summary>Prints the data of an answer.</summary>
    /// <returns>The exit status.</returns>
    public static int Show(ControlAnswer answer, Func<ControlAnswer, string?>? show)
    {
        if (answer.Status != ExitStatus.Ok || show?.Invoke(answer) is not { } text)
        {
            return answer.Status;
        }

        return text.Length == 0 ? ExitStatus.Ok : Terminal.Print(text);
    }
}
