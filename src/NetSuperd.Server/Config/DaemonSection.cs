namespace NetSuperd.Server.Config;

/// <summary>The section <c>[daemon]</c>: what concerns the process as a whole.</summary>
public sealed record DaemonSection
{
    /// <summary>The file that holds the daemon's process id while it runs; null: none.</summary>
    public string? PidFile { get; init; }

    /// <summary>How long a stop waits for connections to end before it aborts them; default 30 s.</summary>
    public required TimeSpan Drain { get; init; }

    /// <summary>The folder whose sub-folders are plugins; default: <c>plugins</c> beside the executable, which need not exist.</summary>
    public required string Plugins { get; init; }
}
