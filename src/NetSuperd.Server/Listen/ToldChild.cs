namespace NetSuperd.Server.Listen;

/// <summary>What a predecessor tells of a child that has a socket of the map, or is a server.</summary>
/// <param name="Definition">The <see cref="Assignment.Definition"/> by which it was started.</param>
/// <param name="StopSignal">The signal that asks it to end; null: SIGTERM.</param>
internal sealed record ToldChild(string Definition, int? StopSignal);
