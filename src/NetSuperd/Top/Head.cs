using System.Globalization;
using NetSuperd.Commands;

namespace NetSuperd.Top;

/// <summary>The two lines above the rows.</summary>
internal static class Head
{
    /// <summary>The daemon as a whole.</summary>
    public static ShownLine Daemon(Look? look, Rates rates, DateTimeOffset? awaySince, DateTimeOffset now)
    {
        if (awaySince is { } since)
        {
            return new ShownLine(
                $"NO ANSWER since {Clock(since)}, {Age.Format(since, now)}: {look?.Problem ?? "the daemon is asked"}", Tone.Trouble);
        }

        if (look?.Status is not { } status)
        {
            return new ShownLine("netsuperd");
        }

        var (accepted, refused) = rates.Total;
        var failed = status.Services.Count(service => service.State == "failed");
        var full = status.MaxConnections is { } use ? $" of {Amount.Short(use.Most)}" : "";
        var lingering = status.Lingering.Count > 0 ? $", {status.Lingering.Count} lingering" : "";
        return new ShownLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"netsuperd {status.Pid} up {Age.Format(status.Started, now)}  {Amount.Short(status.Connections)}{full} live{lingering}  "
                + $"{Amount.Rate(accepted)}/s accepted  {Amount.Rate(refused)}/s refused  ")
                + (failed > 0 ? $"{failed} FAILED  " : "") + Clock(look.At),
            failed > 0 ? Tone.Trouble : Tone.Strong);
    }

    /// <summary>The views, and how the one that is shown is arranged.</summary>
    public static ShownLine Views(IEnumerable<RowsView> views, RowsView shown, bool isFrozen, bool isReadOnly)
    {
        var names = string.Join("  ", views.Select(view => view == shown ? $"[{view.Name} {Amount.Short(view.Count)}]" : $" {view.Name} "));
        var filter = shown.Filter.Length > 0 ? $"  filter: {shown.Filter}" : "";
        var order = shown.SortedBy is { } sorted ? $"  by {sorted}" : "";
        var mode = (isFrozen ? "  FROZEN" : "") + (isReadOnly ? "  read only" : "");
        return new ShownLine($"{names}{mode}{filter}{order}", isFrozen ? Tone.Warning : Tone.Plain);
    }

    private static string Clock(DateTimeOffset time) => time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
