using NetSuperd.Control;

namespace NetSuperd.Commands;

/// <summary><c>netsuperd stop</c>: returns when the daemon is gone.</summary>
internal static class StopCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        var (path, status) = DaemonArguments.Find(call.Control, call.Config);
        if (path is null)
        {
            return status;
        }

        var answer = await ControlClient.AskAsync(path, call.Request, CancellationToken.None);
        DaemonCommand.Say(answer);
        if (answer is { Status: ExitStatus.Ok, Pid: { } pid })
        {
            // A daemon of an older version passes only the number, no descriptor.
            using var process = answer.Process ?? Installation.Current.EndOf(pid);
            await (process is null ? Task.CompletedTask : process.WhenEndedAsync(CancellationToken.None));
        }

        return answer.Status;
    }
}
