using NetSuperd.Server.Config;

namespace NetSuperd.Hosting;

/// <summary>What came of a reload.</summary>
/// <param name="Status">The exit status of the command that asked for it.</param>
/// <param name="Messages">Every problem, and every socket that could not be bound, as standard error shows them.</param>
/// <param name="Changes">What has changed, or would.</param>
internal sealed record ReloadOutcome(int Status, IReadOnlyList<string> Messages, IReadOnlyList<MapChange> Changes);
