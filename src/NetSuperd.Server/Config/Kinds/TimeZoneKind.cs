using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A time zone of the system by its name in the IANA data base.</summary>
internal sealed partial class TimeZoneKind : TextKind<TimeZoneInfo>
{
    public override string Text => "the name of a time zone such as \"Europe/Berlin\" or \"UTC\"";

    public override JsonObject Schema => JsonType.Text("^[A-Za-z0-9_+/-]+$", "Europe/Berlin", "UTC");

    public override string Format(TimeZoneInfo value) => TomlWriter.Text(value.Id);

    /// <summary>Whether a time zone has such a name; the daemon's own may have none.</summary>
    public static bool IsNamed(TimeZoneInfo zone) =>
        !zone.Equals(TimeZoneInfo.Local) || (Name().IsMatch(zone.Id) && TimeZoneInfo.TryFindSystemTimeZoneById(zone.Id, out _));

    protected override string? Complaint(string text, Reading reading, out TimeZoneInfo value)
    {
        // The name may be a path below the folder of time zones.
        value = (Name().IsMatch(text) ? reading.Names.TimeZone(text) : null)!;
        return value is null ? Missing(text, reading.Names) : null;
    }

    private string Missing(string name, NameCache names)
    {
        var known = names.TimeZones;
        if (known.Count <= 1)
        {
            return $"must be \"UTC\": this system has no other time zone; install tzdata";
        }

        var tail = "/" + name.Trim().Replace(' ', '_');
        var nearest = names.TimeZoneCalled(name) ?? known.FirstOrDefault(id => $"/{id}".EndsWith(tail, StringComparison.OrdinalIgnoreCase));
        return $"must be {Text}, and this system does not know '{name}'"
            + (nearest is null ? Suggestion.For(name, known) : $"; did you mean '{nearest}'?");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_+-]{1,64}(?:/[A-Za-z0-9_+-]{1,64}){0,3}\z")]
    private static partial Regex Name();
}
