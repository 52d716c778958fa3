using Microsoft.Extensions.Logging;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Logging;

/// <summary>The events of the executable. Ids 100 to 199; highest in use: 138.</summary>
internal static partial class DaemonLog
{
    [LoggerMessage(101, LogLevel.Information,
        "Started as process {Pid}; entries of [ports] served: {Count}", EventName = "Started")]
    public static partial void Started(this ILogger logger, int pid, int count);

    [LoggerMessage(102, LogLevel.Information,
        "Stopping: accepting no more connections, "
        + "the open ones have {Drain:0.###} s to end; a second stop ends them at once", EventName = "Stopping")]
    public static partial void Stopping(this ILogger logger, double drain);

    [LoggerMessage(103, LogLevel.Information, "Stopped", EventName = "Stopped")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(104, LogLevel.Error, "Cannot start: {Reason}", EventName = "StartFailed")]
    public static partial void StartFailed(this ILogger logger, string reason);

    /// <summary>A warning about the map that is served from now on, or that was refused for an error.</summary>
    public static void MapWarning(this ILogger logger, ConfigProblem warning)
    {
        using (logger.BeginScope(PositionOf(warning.At)))
        {
            logger.MapWarning($"{warning.At}: {warning.Message}");
        }
    }

    [LoggerMessage(105, LogLevel.Warning, "{Problem}", EventName = "MapWarning")]
    private static partial void MapWarning(this ILogger logger, string problem);

    [LoggerMessage(106, LogLevel.Warning, "Signal {Signal} is ignored: {Reason}", EventName = "SignalIgnored")]
    public static partial void SignalIgnored(this ILogger logger, string signal, string reason);

    [LoggerMessage(107, LogLevel.Information, "Reopened the log", EventName = "LogReopened")]
    public static partial void LogReopened(this ILogger logger);

    [LoggerMessage(108, LogLevel.Warning, "Cannot reopen the log, still writing to the old file: {Reason}", EventName = "LogNotReopened")]
    public static partial void LogNotReopened(this ILogger logger, string reason);

    [LoggerMessage(122, LogLevel.Information, "Reloaded the map; changes: {Changes}", EventName = "Reloaded")]
    public static partial void Reloaded(this ILogger logger, int changes);

    /// <summary>One error of a map that is refused.</summary>
    public static void ReloadRefused(this ILogger logger, ConfigProblem error)
    {
        using (logger.BeginScope(PositionOf(error.At)))
        {
            logger.ReloadRefused($"{error.At}: {error.Message}");
        }
    }

    [LoggerMessage(109, LogLevel.Error,
        "Cannot reload the map, the old one stays in force: {Problem}", EventName = "ReloadRefused")]
    public static partial void ReloadRefused(this ILogger logger, string problem);

    [LoggerMessage(110, LogLevel.Error, "The action for a signal failed", EventName = "SignalFailed")]
    public static partial void SignalFailed(this ILogger logger, Exception exception);

    [LoggerMessage(134, LogLevel.Information, "Gave the reload up because the daemon is stopping", EventName = "ReloadGivenUp")]
    public static partial void ReloadGivenUp(this ILogger logger);

    [LoggerMessage(135, LogLevel.Information, "Gave the start up because the daemon is stopping", EventName = "StartGivenUp")]
    public static partial void StartGivenUp(this ILogger logger);

    [LoggerMessage(133, LogLevel.Warning, "A reload that was given up has failed", EventName = "LateLoadFailed")]
    public static partial void LateLoadFailed(this ILogger logger, Exception exception);

    [LoggerMessage(126, LogLevel.Error, "Periodic maintenance failed; retrying", EventName = "TendFailed")]
    public static partial void TendFailed(this ILogger logger, Exception exception);

    [LoggerMessage(111, LogLevel.Information, "Restarting: starting the new process", EventName = "RestartBegun")]
    public static partial void RestartBegun(this ILogger logger);

    [LoggerMessage(112, LogLevel.Information, "Restarted: process {NewPid} serves from now on", EventName = "Restarted")]
    public static partial void Restarted(this ILogger logger, int newPid);

    [LoggerMessage(113, LogLevel.Error, "The restart has failed, this process keeps serving: {Reason}", EventName = "RestartFailed")]
    public static partial void RestartFailed(this ILogger logger, string reason);

    [LoggerMessage(127, LogLevel.Information, "Gave the restart up because the daemon is stopping", EventName = "RestartGivenUp")]
    public static partial void RestartGivenUp(this ILogger logger);

    [LoggerMessage(128, LogLevel.Information,
        "Passed signal {Signal} on to process {NewPid}, which serves from now on", EventName = "SignalPassedOn")]
    public static partial void SignalPassedOn(this ILogger logger, string signal, int newPid);

    [LoggerMessage(129, LogLevel.Warning,
        "Process {OldPid}, which a restart has replaced, has not ended within its drain time; killing it, its children keep running",
        EventName = "PredecessorKilled")]
    public static partial void PredecessorKilled(this ILogger logger, int oldPid);

    [LoggerMessage(114, LogLevel.Information,
        "Staying until the last of the {Count} connections and children of this process has ended; handlers at most {Linger:0.###} s",
        EventName = "Lingering")]
    public static partial void Lingering(this ILogger logger, long count, double linger);

    [LoggerMessage(115, LogLevel.Information, "The last connection of this replaced process has ended", EventName = "LingerOver")]
    public static partial void LingerOver(this ILogger logger);

    [LoggerMessage(116, LogLevel.Warning,
        "There is no control socket because {Reason}; set control = \"/path\" below [daemon]", EventName = "NoControl")]
    public static partial void NoControl(this ILogger logger, string reason);

    [LoggerMessage(117, LogLevel.Warning,
        "The commands cannot reach this daemon at {Path}: {Reason}; set another control below [daemon]",
        EventName = "ControlUnavailable")]
    public static partial void ControlUnavailable(this ILogger logger, string path, string reason);

    [LoggerMessage(118, LogLevel.Warning, "Bound the control socket {Path} again, which was gone", EventName = "ControlReplaced")]
    public static partial void ControlReplaced(this ILogger logger, string path);

    [LoggerMessage(119, LogLevel.Warning,
        "Refused user {User}, process {Pid}, which may not operate the daemon", EventName = "ControlRefused")]
    public static partial void ControlRefused(this ILogger logger, object? user, int? pid);

    [LoggerMessage(136, LogLevel.Information,
        "Operator {Name} (user {User}, login {Login}), process {Pid}, asks for: {Request}", EventName = "OperatorCommand")]
    public static partial void OperatorCommand(this ILogger logger, string name, object user, string login, int pid, string request);

    [LoggerMessage(137, LogLevel.Debug, "User {User}, process {Pid}, asks the question: {Request}", EventName = "OperatorQuestion")]
    public static partial void OperatorQuestion(this ILogger logger, object? user, int? pid, string request);

    [LoggerMessage(138, LogLevel.Warning,
        "Wrong operator tokens at {Path}: {Count}, the last one by user {User}, process {Pid}", EventName = "WrongToken")]
    public static partial void WrongToken(this ILogger logger, long count, string path, object? user, int? pid);

    [LoggerMessage(120, LogLevel.Error, "Cannot serve the request '{Command}' of an operator", EventName = "ControlFailed")]
    public static partial void ControlFailed(this ILogger logger, Exception exception, string command);

    [LoggerMessage(123, LogLevel.Warning,
        "The commands cannot reach this daemon: {Reason}; retrying", EventName = "ControlMissing")]
    public static partial void ControlMissing(this ILogger logger, string reason);

    [LoggerMessage(124, LogLevel.Warning, "No operator can connect: {Reason}; retrying", EventName = "ControlAcceptFailed")]
    public static partial void ControlAcceptFailed(this ILogger logger, string reason);

    [LoggerMessage(125, LogLevel.Debug,
        "An operator was cut off or left before its answer: {Reason}", EventName = "ControlGone")]
    public static partial void ControlGone(this ILogger logger, string reason);

    [LoggerMessage(121, LogLevel.Debug, "The service manager keeps {Count} sockets for the next start", EventName = "StoredSockets")]
    public static partial void StoredSockets(this ILogger logger, int count);

    [LoggerMessage(130, LogLevel.Warning,
        "The service manager does not keep the sockets for the next start yet: {Reason}; retrying",
        EventName = "SocketsNotStored")]
    public static partial void SocketsNotStored(this ILogger logger, string reason);

    [LoggerMessage(131, LogLevel.Warning,
        "Not waiting for a change that is still under way", EventName = "ChangeAbandoned")]
    public static partial void ChangeAbandoned(this ILogger logger);

    [LoggerMessage(132, LogLevel.Warning,
        "Cutting the stop short: killing the children and ending without waiting for anything else", EventName = "StopCutShort")]
    public static partial void StopCutShort(this ILogger logger);

    /// <summary>A position as properties, for programs: the message has it already for people.</summary>
    private static Dictionary<string, object> PositionOf(Position at)
    {
        var place = new Dictionary<string, object> { ["File"] = at.Source.Name };
        if (at.Line > 0)
        {
            (place["Line"], place["Column"]) = (at.Line, at.Column);
        }

        return place;
    }
}
