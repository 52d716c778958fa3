using NetSuperd.Control;
using NetSuperd.Native;

namespace NetSuperd.Commands;

/// <summary><c>netsuperd stop</c>: returns when the daemon is gone.</summary>
internal static class StopCommand
{
    public static async Task<int> RunAsync(string? control, string? config, bool now)
    {
        var (path, status) = DaemonArguments.Find(control, config);
        if (path is null)
        {
            return status;
        }

        var request = ControlRequest.Of(ControlCommand.Stop) with { Now = now ? true : null };
        var answer = await ControlClient.AskAsync(path, request, CancellationToken.None);
        DaemonCommand.Say(answer);
        if (answer is { Status: ExitStatus.Ok, Pid: { } pid })
        {
            // A daemon of a version before this one passes no descriptor, only the number.
            using var process = answer.Process ?? ProcessHandle.Open(pid);
            await (process is null ? Task.CompletedTask : process.WhenEndedAsync(CancellationToken.None));
        }

        return answer.Status;
    }
}
