namespace NetSuperd.Server.Config.Import;

/// <summary>A file to import.</summary>
/// <param name="Format">Its format; null: to be recognised.</param>
/// <param name="Path">Its path; a folder stands for the files in it, and the last name may be a pattern.</param>
public sealed record ForeignPath(ForeignFormat? Format, string Path);
