namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>A command of a run script.</summary>
/// <param name="Words">Its words.</param>
/// <param name="Folder">The working directory that the script has set before it; null: none.</param>
/// <param name="Doubt">Why the shell may not execute it as it stands, or not with the rights of the script; null: it does.</param>
internal sealed record ShellCommand(IReadOnlyList<ShellWord> Words, string? Folder, string? Doubt);
