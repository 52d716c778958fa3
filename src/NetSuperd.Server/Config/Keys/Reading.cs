namespace NetSuperd.Server.Config.Keys;

/// <summary>What reading a value needs beside the value.</summary>
/// <param name="Problems">Where complaints go.</param>
/// <param name="Folder">The absolute folder that relative paths are relative to.</param>
/// <param name="Names">Names of the system.</param>
internal sealed record Reading(Problems Problems, string Folder, NameCache Names);
