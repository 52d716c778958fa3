namespace NetSuperd;

/// <summary>What a handler learns of the service it was made for.</summary>
/// <param name="Name">The name of the service in the map.</param>
/// <param name="Settings">The table <c>[services.NAME.settings]</c>, empty where there is none.</param>
public sealed record ServiceInfo(string Name, Settings Settings);
