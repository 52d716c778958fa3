namespace NetSuperd.Hosting;

/// <summary>What came of a restart.</summary>
/// <param name="Status">The exit status of the command that asked for it.</param>
/// <param name="Messages">What went wrong, as standard error shows it.</param>
/// <param name="Pid">The process that serves now; null where the restart has failed and the old one goes on.</param>
internal sealed record RestartOutcome(int Status, IReadOnlyList<string> Messages, int? Pid);
