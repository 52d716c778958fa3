using Microsoft.Extensions.Logging;

namespace NetSuperd.Logging;

/// <summary>The events of the executable. Ids 100 to 199; highest in use: 108.</summary>
internal static partial class DaemonLog
{
    [LoggerMessage(101, LogLevel.Information, "Started as process {Pid}, {Count} entries of [ports] are served", EventName = "Started")]
    public static partial void Started(this ILogger logger, int pid, int count);

    [LoggerMessage(102, LogLevel.Information,
        "Stopping: no more connections, those that are left have {Drain:0.###} s; signal again to stop at once", EventName = "Stopping")]
    public static partial void Stopping(this ILogger logger, double drain);

    [LoggerMessage(103, LogLevel.Information, "Stopped", EventName = "Stopped")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(104, LogLevel.Error, "Cannot start: {Reason}", EventName = "StartFailed")]
    public static partial void StartFailed(this ILogger logger, string reason);

    [LoggerMessage(105, LogLevel.Warning, "{Problem}", EventName = "MapWarning")]
    public static partial void MapWarning(this ILogger logger, string problem);

    [LoggerMessage(106, LogLevel.Warning, "Signal {Signal} is ignored: {Reason}", EventName = "SignalIgnored")]
    public static partial void SignalIgnored(this ILogger logger, string signal, string reason);

    [LoggerMessage(107, LogLevel.Information, "The log was reopened", EventName = "LogReopened")]
    public static partial void LogReopened(this ILogger logger);

    [LoggerMessage(108, LogLevel.Warning, "The log goes on in the old file: {Reason}", EventName = "LogNotReopened")]
    public static partial void LogNotReopened(this ILogger logger, string reason);
}
