using NetSuperd.Server.Config.Files;

namespace NetSuperd.Server.Config;

/// <summary>
/// The section <c>[daemon]</c>: the settings of the process as a whole. The defaults are those of <see cref="Keys.DaemonKeys"/>.
/// </summary>
public sealed record DaemonSection
{
    /// <summary>The path of the control socket; default: <see cref="ControlPath"/>; null: there is none.</summary>
    public required string? Control { get; init; }

    /// <summary>
    /// Whether <see cref="Control"/> is the default path, written out or not. The daemon creates the folder of the default path; any other
    /// folder has to exist.
    /// </summary>
    public required bool ControlIsDefault { get; init; }

    /// <summary>The group whose users may ask at <see cref="StatusSocket"/>; null: there is no such socket.</summary>
    public required uint? StatusGroup { get; init; }

    /// <summary>The path of the socket that answers questions only; null: there is none.</summary>
    public string? StatusSocket => StatusGroup is not null && Control is { } control ? ControlPath.StatusBeside(control) : null;

    /// <summary>The file of <see cref="OperatorToken"/>; null: there is none.</summary>
    public required string? OperatorTokenFile { get; init; }

    /// <summary>With this secret a client of <see cref="StatusSocket"/> may operate; null: no client may.</summary>
    public OperatorToken? OperatorToken { get; init; }

    /// <summary>The file that holds the daemon's process id while it runs; null: none.</summary>
    public required string? PidFile { get; init; }

    /// <summary>How long a stop waits for connections to end before it aborts them.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>What a stop does with children.</summary>
    public required DrainChildren DrainChildren { get; init; }

    /// <summary>How long connections of handlers may last in the old process after a restart.</summary>
    public required TimeSpan RestartLinger { get; init; }

    /// <summary>What happens to a service whose program, user or address is missing.</summary>
    public required OnUnavailable OnUnavailable { get; init; }

    /// <summary>Live connections and children of all services; null: without limit.</summary>
    public required int? MaxConnections { get; init; }

    /// <summary>The folder whose sub-folders are plugins; default: <c>plugins</c> beside the executable, which need not exist.</summary>
    public required string Plugins { get; init; }

    /// <summary>Whether the map may have raw sockets.</summary>
    public required bool RawSockets { get; init; }
}

/// <summary>The words of <c>daemon.drain_children</c>.</summary>
public enum DrainChildren
{
    /// <summary>They get TERM, and those that remain after the drain time KILL.</summary>
    Terminate,

    /// <summary>They keep running without the daemon.</summary>
    Leave,
}

/// <summary>The words of <c>daemon.on_unavailable</c>.</summary>
public enum OnUnavailable
{
    /// <summary>It is an error.</summary>
    Refuse,

    /// <summary>It is a warning, and the service has failed.</summary>
    Skip,
}
