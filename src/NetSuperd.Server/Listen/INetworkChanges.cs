namespace NetSuperd.Server.Listen;

/// <summary>Reports changes of the host's addresses and network interfaces until it is disposed of.</summary>
internal interface INetworkChanges : IDisposable;
