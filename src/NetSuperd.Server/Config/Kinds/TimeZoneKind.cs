using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A time zone of the system by its name in the IANA data base.</summary>
internal sealed partial class TimeZoneKind : TextKind<TimeZoneInfo>
{
    public override string Text => "the name of a time zone such as \"Europe/Berlin\" or \"UTC\"";

    public override JsonObject Schema => JsonType.Text("^[A-Za-z0-9_+/-]+$", "Europe/Berlin", "UTC");

    public override string Format(TimeZoneInfo value) => TomlWriter.Text(value.Id);

    /// <summary>Whether a time zone can be found by its name; the daemon's own may have none.</summary>
    public static bool IsNamed(TimeZoneInfo zone) => Find(zone.Id) is not null;

    protected override string? Complaint(string text, Reading reading, out TimeZoneInfo value)
    {
        value = Find(text)!;
        return value is null ? Missing(text) : null;
    }

    // The name is a path below the folder of time zones; once found, the runtime finds it in any letter case.
    private static TimeZoneInfo? Find(string name) =>
        Name().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.Id == name ? zone : null;

    private string Missing(string name)
    {
        string[] known = [.. TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id)];
        if (known.Length <= 1)
        {
            return $"must be \"UTC\": this system has no other time zone; install tzdata";
        }

        var tail = "/" + name.Trim().Replace(' ', '_');
        var nearest = known.FirstOrDefault(id => $"/{id}".EndsWith(tail, StringComparison.OrdinalIgnoreCase));
        return $"must be {Text}, and this system does not know '{name}'"
            + (nearest is null ? Suggestion.For(name, known) : $"; did you mean '{nearest}'?");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_+-]{1,64}(?:/[A-Za-z0-9_+-]{1,64}){0,3}\z")]
    private static partial Regex Name();
}
