using System.Globalization;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;
using TimeZoneConverter;

namespace NetSuperd.Windows;

/// <summary>
/// The names of Windows: services and hosts from its files, network interfaces by their numbers, as Windows shows them, or by their names
/// such as <c>Ethernet</c>.
/// </summary>
internal sealed unsafe class WindowsNames : INames
{
    /// <inheritdoc/>
    public string HostsFile => NameFiles.OfSystem.HostsFile;

    /// <inheritdoc/>
    public int? ServicePort(string name, string protocol) => NameFiles.OfSystem.ServicePort(name, protocol);

    /// <inheritdoc/>
    public int? ProtocolNumber(string name) => null;

    /// <inheritdoc/>
    public UserEntry? User(string name) => null;

    /// <inheritdoc/>
    public UserEntry? User(uint id) => null;

    /// <inheritdoc/>
    public uint? Group(string name) => null;

    /// <inheritdoc/>
    public IReadOnlyList<uint> GroupsOf(string user, uint group) => [];

    /// <inheritdoc/>
    public uint InterfaceOf(string name)
    {
        ulong luid;
        uint index = 0;
        return uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Iphlpapi.ConvertInterfaceIndexToLuid(number, &luid) == 0 ? number : 0
            : Iphlpapi.ConvertInterfaceAliasToLuid(name, &luid) == 0 && Iphlpapi.ConvertInterfaceLuidToIndex(&luid, &index) == 0 ? index
            : 0;
    }

    /// <inheritdoc/>
    public string InterfaceName(long index) => index.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    /// <remarks>Windows has no zone for a few of them, such as <c>Antarctica/Troll</c>.</remarks>
    public IEnumerable<string> TimeZones => TZConvert.KnownIanaTimeZoneNames.Where(name => TimeZone(name) is not null);

    /// <inheritdoc/>
    public TimeZoneInfo? TimeZone(string name) => name == TimeZoneInfo.Utc.Id ? TimeZoneInfo.Utc
        : TZConvert.KnownIanaTimeZoneNames.Contains(name) && TZConvert.TryIanaToWindows(name, out var known)
            && TimeZoneInfo.TryFindSystemTimeZoneById(known, out var zone)
            ? TimeZoneInfo.CreateCustomTimeZone(name, zone.BaseUtcOffset, name, name, name, zone.GetAdjustmentRules())
            : null;

    /// <inheritdoc/>
    public string? TimeZoneCalled(string name) => TZConvert.TryWindowsToIana(name, out var known) ? known : null;
}
