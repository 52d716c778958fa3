namespace NetSuperd.Server.Serve;

/// <summary>A handler of a plugin, as the log names it.</summary>
/// <param name="Service">Its service.</param>
/// <param name="Handler">The name that the map uses.</param>
internal sealed record HandlerName(string Service, string Handler);
