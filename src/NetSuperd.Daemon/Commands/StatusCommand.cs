using System.Runtime.InteropServices;
using NetSuperd.Control;

namespace NetSuperd.Commands;

/// <summary><c>netsuperd status</c>; with <c>--watch</c> it repeats every second until it is interrupted.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(CommandCall call)
    {
        if (!call.Watch)
        {
            return await DaemonCommand.RunAsync(call, answer => Text(answer, call));
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => End(context, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => End(context, stop));
        var (path, status) = DaemonArguments.Find(call.Control, call.Config, isQuestion: true);
        try
        {
            return path is null ? status : await WatchAsync(path, call, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitStatus.Ok;
        }
    }

    private static async Task<int> WatchAsync(string path, CommandCall call, CancellationToken stopping)
    {
        var repaints = Terminal.IsTerminal && !call.Json;
        var (text, isAway) = ("", false);
        using var timer = new PeriodicTimer(Interval);
        do
        {
            var answer = await ControlClient.AskAsync(path, call.Request, stopping);
            var wasAway = isAway;
            isAway = answer.Status == ExitStatus.Unavailable && text.Length > 0;
            if (isAway)
            {
                // No daemon answers between the end of one and the start of the next.
                if (!wasAway)
                {
                    DaemonCommand.Say(answer);
                    Terminal.Say("netsuperd: waiting for the daemon to come back");
                }

                continue;
            }

            if (answer.Status != ExitStatus.Ok || Text(answer, call) is not { } next)
            {
                DaemonCommand.Say(answer);
                return answer.Status;
            }

            var gap = text.Length == 0 || call.Json ? "" : "\n";
            text = next;
            var printed = repaints ? Terminal.Repaint(text) : Terminal.Print(gap + text);
            if (printed != ExitStatus.Ok)
            {
                return printed;
            }
        }
        while (await timer.WaitForNextTickAsync(stopping));
        return ExitStatus.Ok;
    }

    private static string? Text(ControlAnswer answer, CommandCall call) =>
        answer.Daemon is not { } status ? null
        : call.Json ? ControlProtocol.Document(status, ControlJson.Default.DaemonStatus)
        : StatusText.Format(status, TimeProvider.System.GetUtcNow(), call.Room);

    private static void End(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        stop.Cancel();
    }
}
