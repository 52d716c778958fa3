namespace NetSuperd.Server.Config.Loading;

/// <summary>A file that the map includes.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="Name">Its path as the administrator would write it, beside that of the map.</param>
internal sealed record IncludedFile(string Path, string Name);
