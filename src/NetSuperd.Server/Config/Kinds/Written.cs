namespace NetSuperd.Server.Config.Kinds;

/// <summary>What a record shows of a key whose value names what is not on this system.</summary>
/// <param name="Toml">The name in TOML.</param>
internal sealed record Written(string Toml);
