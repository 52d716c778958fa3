using System.Globalization;
using System.Text;
using System.Text.Json;
using NetSuperd.Control;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Tally;

namespace NetSuperd.Commands;

/// <summary><c>netsuperd events</c>: prints what happens, until the daemon stops; over a restart it goes to the next process.</summary>
internal static class EventsCommand
{
    // The names of the log's events, as the stream has them.
    private const string Restarted = "restarted";
    private const string Stopping = "stopping";

    public static async Task<int> RunAsync(CommandCall call)
    {
        var (path, status) = DaemonArguments.Find(call.Control, call.Config, isQuestion: true);
        if (path is null)
        {
            return status;
        }

        while (true)
        {
            var (client, failure) = await ControlClient.ConnectAsync(path, call.Request, CancellationToken.None);
            using (client)
            {
                var answer = failure ?? await client!.AskAsync(call.Request, CancellationToken.None);
                DaemonCommand.Say(answer);
                if (answer.Status != ExitStatus.Ok)
                {
                    return answer.Status;
                }

                if (await PrintAsync(client!, call) is { } end)
                {
                    return end;
                }
            }
        }
    }

    /// <summary>Prints the events of one process.</summary>
    /// <returns>The exit status; null: another process has taken its place.</returns>
    private static async Task<int?> PrintAsync(ControlClient client, CommandCall call)
    {
        var (isReplaced, isStopping) = (false, false);
        while (await client.NextAsync(CancellationToken.None) is { } bytes)
        {
            if (Read(bytes.Span) is not { } line)
            {
                Terminal.Say("netsuperd: the daemon sent a line that is no event");
                return ExitStatus.Unavailable;
            }

            (isReplaced, isStopping) = (isReplaced || line.Event == Restarted, isStopping || line.Event == Stopping);
            var text = call.Json ? Encoding.UTF8.GetString(bytes.Span) : PlainText.Of(Text(line));
            if (Terminal.PrintOn($"{call.Room?.Fit(text) ?? text}\n") is { } over)
            {
                return over;
            }
        }

        if (isReplaced || isStopping)
        {
            return isReplaced ? null : ExitStatus.Ok;
        }

        Terminal.Say("netsuperd: the daemon has ended");
        return ExitStatus.Unavailable;
    }

    private static EventLine? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ControlJson.Default.EventLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>An event as a line for people.</summary>
    internal static string Text(EventLine line)
    {
        var time = line.Time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var connection = $"{time} {line.Event} {line.Service} {line.Id} from {line.Peer}";
        return line.Event switch
        {
            ServerEvent.Started => $"{connection} to {line.Local}{(line.Pid is { } pid ? $", child {pid}" : "")}",
            ServerEvent.Refused => $"{connection} to {line.Local}: {line.Reason}",
            ServerEvent.Ended => string.Create(
                CultureInfo.InvariantCulture,
                $"{connection}: {line.End}{(line.Reason is { } why ? $" {why}" : "")} after {line.ElapsedSeconds:0.000} s{Bytes(line)}"),
            EventLine.Lost => $"{time} {line.Event} {line.Count} events, which came too fast for this reader",
            _ => $"{time} {line.Event}: {line.Message}",
        };
    }

    private static string Bytes(EventLine line) => line.Received is null ? "" : $", received {line.Received}, sent {line.Sent}";
}
