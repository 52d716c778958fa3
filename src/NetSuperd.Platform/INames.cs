namespace NetSuperd.Platform;

/// <summary>The names that a system has for services, protocols, users, groups, hosts and network interfaces.</summary>
public interface INames
{
    /// <summary>The file in which a system has the addresses of hosts by name (hosts(5)).</summary>
    string HostsFile { get; }

    /// <summary>The port of a service in services(5); null where it is not there.</summary>
    /// <param name="name">The name or an alias.</param>
    /// <param name="protocol"><c>tcp</c> or <c>udp</c>.</param>
    int? ServicePort(string name, string protocol);

    /// <summary>The number of a protocol in protocols(5); null where it is not there.</summary>
    /// <param name="name">The name or an alias.</param>
    int? ProtocolNumber(string name);

    /// <summary>A user by name; null where there is none.</summary>
    UserEntry? User(string name);

    /// <summary>A user by number; null where there is none.</summary>
    UserEntry? User(uint id);

    /// <summary>The number of a group; null where there is none.</summary>
    uint? Group(string name);

    /// <summary>The groups of a user: those that have it as a member, and the one that is given.</summary>
    IReadOnlyList<uint> GroupsOf(string user, uint group);

    /// <summary>The number of a network interface by its name, or by its number in digits; 0 where there is none now.</summary>
    uint InterfaceOf(string name);

    /// <summary>The name of a network interface; its number in digits where there is none now.</summary>
    string InterfaceName(long index);

    /// <summary>The names of its time zones in the IANA data base.</summary>
    IEnumerable<string> TimeZones => TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id);

    /// <summary>A time zone by its name in the IANA data base, which is its identifier as well; null where there is none.</summary>
    TimeZoneInfo? TimeZone(string name) =>

        // Once found, the runtime finds it in any letter case.
        TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.Id == name ? zone : null;

    /// <summary>The name in the IANA data base of what the system has another name for; null: there is none.</summary>
    string? TimeZoneCalled(string name) => null;
}
