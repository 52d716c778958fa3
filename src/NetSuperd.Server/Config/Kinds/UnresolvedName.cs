namespace NetSuperd.Server.Config.Kinds;

/// <summary>The text of a value whose name this system does not have, to be shown as it was written.</summary>
/// <param name="Toml">The name in TOML.</param>
internal sealed record UnresolvedName(string Toml);
