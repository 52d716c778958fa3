using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Linux;

/// <summary>The names of the C library, wherever nsswitch.conf(5) says they are kept.</summary>
internal sealed class LinuxNames : INames
{
    /// <inheritdoc/>
    public string HostsFile => "/etc/hosts";

    /// <inheritdoc/>
    public int? ServicePort(string name, string protocol) => NameService.ServicePort(name, protocol);

    /// <inheritdoc/>
    public int? ProtocolNumber(string name) => NameService.ProtocolNumber(name);

    /// <inheritdoc/>
    public UserEntry? User(string name) => NameService.User(name);

    /// <inheritdoc/>
    public UserEntry? User(uint id) => NameService.User(id);

    /// <inheritdoc/>
    public uint? Group(string name) => NameService.GroupId(name);

    /// <inheritdoc/>
    public IReadOnlyList<uint> GroupsOf(string user, uint group) => NameService.Groups(user, group);

    /// <inheritdoc/>
    public uint InterfaceOf(string name) => NetworkInterfaces.IndexOf(name);

    /// <inheritdoc/>
    public string InterfaceName(long index) => NetworkInterfaces.NameOf(index);
}
