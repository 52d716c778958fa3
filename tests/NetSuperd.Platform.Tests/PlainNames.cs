namespace NetSuperd.Platform.Tests;

/// <summary>No names but numbers.</summary>
internal sealed class PlainNames : INames
{
    public string HostsFile => "hosts";

    public int? ServicePort(string name, string protocol) => null;

    public int? ProtocolNumber(string name) => null;

    public UserEntry? User(string name) => null;

    public UserEntry? User(uint id) => null;

    public uint? Group(string name) => null;

    public IReadOnlyList<uint> GroupsOf(string user, uint group) => [];

    public uint InterfaceOf(string name) => 0;

    public string InterfaceName(long index) => $"{index}";
}
