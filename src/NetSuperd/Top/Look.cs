using NetSuperd.Control;
using NetSuperd.Server.Tally;

namespace NetSuperd.Top;

/// <summary>What the daemon has answered at a moment.</summary>
/// <param name="At">The moment.</param>
/// <param name="Status">Its state; null: it has not answered.</param>
/// <param name="Connections">Its connections; null: they were not asked for.</param>
/// <param name="Problem">Why there is no answer, or only a part of it; null: all is there.</param>
internal sealed record Look(
    DateTimeOffset At, DaemonStatus? Status, IReadOnlyList<ListedConnection>? Connections = null, string? Problem = null);
