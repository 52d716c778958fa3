using NetSuperd.Control;

namespace NetSuperd.Commands;

/// <summary>
/// The commands that ask a running daemon: one question, its messages on standard error, its data on standard output, its exit status.
/// Who asks for a change and gets it hears nothing.
/// </summary>
internal static class DaemonCommand
{
    /// <summary>Asks, and shows what is answered.</summary>
    /// <param name="control">The argument of <c>--control</c>.</param>
    /// <param name="config">The argument of <c>--config</c>.</param>
    /// <param name="request">The question.</param>
    /// <param name="show">The text of an answer's data; null: there is none to print.</param>
    public static async Task<int> RunAsync(
        string? control, string? config, ControlRequest request, Func<ControlAnswer, string?>? show = null)
    {
        var (path, status) = DaemonArguments.Find(control, config);
        if (path is null)
        {
            return status;
        }

        var answer = await ControlClient.AskAsync(path, request, CancellationToken.None);
        Say(answer);
        return Show(answer, show);
    }

    /// <summary><c>netsuperd connections</c>.</summary>
    public static Task<int> ConnectionsAsync(string? control, string? config, bool json) => RunAsync(
        control,
        config,
        ControlRequest.Of(ControlCommand.Connections),
        answer => answer.Connections is not { } connections ? null
            : json ? ControlProtocol.Document(new ConnectionList(connections), ControlJson.Default.ConnectionList)
            : ConnectionsText.Format(connections));

    /// <summary><c>netsuperd reload</c>; with <c>--dry-run</c> it prints what would change.</summary>
    public static Task<int> ReloadAsync(string? control, string? config, bool dryRun) => RunAsync(
        control,
        config,
        ControlRequest.Of(ControlCommand.Reload) with { DryRun = dryRun ? true : null },
        answer => dryRun && answer.Changes is { } changes ? MapChanges.Format(changes) : null);

    /// <summary>Says the messages of an answer.</summary>
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
