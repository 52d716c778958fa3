using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Control;

/// <summary>What the daemon does for an operator. Every call may come while others run.</summary>
internal sealed record DaemonControls
{
    /// <summary>What is served just now.</summary>
    public required Func<CancellationToken, Task<DaemonStatus>> Status { get; init; }

    /// <summary>The connections and children that live, those of lingering processes included.</summary>
    public required Func<CancellationToken, Task<IReadOnlyList<LiveConnection>>> Connections { get; init; }

    /// <summary>Aborts a connection; false: there is none of this number.</summary>
    public required Func<long, CancellationToken, Task<bool>> Abort { get; init; }

    /// <summary>Lets the clients of a service wait; not known: there is no such service; an obstacle: it cannot be done just now.</summary>
    public required Func<string, CancellationToken, Task<(bool IsKnown, string? Obstacle)>> Pause { get; init; }

    /// <summary>Lets them in again, with the outcomes of <see cref="Pause"/>.</summary>
    public required Func<string, CancellationToken, Task<(bool IsKnown, string? Obstacle)>> Resume { get; init; }

    /// <summary>Applies the map anew, or says what that would change: exit status, texts for standard error, changes.</summary>
    public required Func<bool, CancellationToken, Task<(int Status, IReadOnlyList<string> Messages, IReadOnlyList<MapChange> Changes)>> Reload
    {
        get;
        init;
    }

    /// <summary>Goes on in a new process: exit status, texts for standard error, the process.</summary>
    public required Func<CancellationToken, Task<(int Status, IReadOnlyList<string> Messages, int? Pid)>> Restart { get; init; }

    /// <summary>Begins to stop, without the drain time or with it: the process whose end is the end of all.</summary>
    public required Func<bool, Task<int>> Stop { get; init; }

    /// <summary>What would become of a peer that came to a socket.</summary>
    public required Func<string, string, IReadOnlyList<Outlook>> Look { get; init; }

    /// <summary>The map in force, <see cref="MapText.Entries"/>.</summary>
    public required Func<IReadOnlyList<MapEntry>> Map { get; init; }
}
