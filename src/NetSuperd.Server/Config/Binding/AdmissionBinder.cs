using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Kinds;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Makes the admission of a service, without regard to its sockets: <see cref="AdmissionFit"/> checks what these allow.</summary>
internal static class AdmissionBinder
{
    /// <summary>Binds the admission of a service.</summary>
    /// <param name="problems">Receives the problems.</param>
    /// <param name="section">The service's table, with the defaults behind it.</param>
    /// <param name="isHandler">Whether the service has a handler: only the daemon's own connections have a first-byte timeout.</param>
    public static Admission Bind(Problems problems, Section<Service> section, bool isHandler)
    {
        var times = section.Get(AdmissionKeys.Times);
        if (times.IsEmpty && section.IsSound(AdmissionKeys.Times) && section.Find(AdmissionKeys.TimeZone.Name) is { } entry)
        {
            problems.Warning(entry.KeyAt, "'time_zone' has no effect: the service has no times");
        }

        CheckBoth(problems, section);
        return new Admission
        {
            Allow = section.Get(AdmissionKeys.Allow).Rules,
            Deny = section.Get(AdmissionKeys.Deny).Rules ?? [],
            Times = times,
            TimeZone = section.TryGet(AdmissionKeys.TimeZone, out var zone) ? zone : TimeZoneInfo.Local,
            MaxConnections = section.Get(AdmissionKeys.MaxConnections).OrNull(),
            MaxPerSource = section.Get(AdmissionKeys.MaxPerSource).OrNull(),
            MaxPerNetwork = section.TryGet(AdmissionKeys.MaxPerNetwork, out var ofNetwork) ? ofNetwork.OrNull() : null,
            CountsLocalPeers = section.Find(AdmissionKeys.MaxPerSource.Name) is not null,
            SourcePrefix = section.Get(AdmissionKeys.SourcePrefix),
            Rate = section.Get(AdmissionKeys.Rate).OrNull(),
            RatePerSource = section.Get(AdmissionKeys.RatePerSource).OrNull(),
            BytesPerSource = section.Get(AdmissionKeys.BytesPerSource).OrNull(),
            AtLimit = section.Get(AdmissionKeys.AtLimit),
            BannerRefused = section.Get(AdmissionKeys.BannerRefused) is { Length: > 0 } line ? line : null,
            IdleTimeout = section.Get(AdmissionKeys.IdleTimeout).OrNull(),
            FirstByteTimeout = isHandler ? section.Get(AdmissionKeys.FirstByteTimeout).OrNull() : null,
            MaxDuration = section.Get(AdmissionKeys.MaxDuration).OrNull(),
            Positions = AdmissionKeys.All.Where(key => section.At(key) is not null).ToDictionary(key => key.Name, key => section.At(key)!),
        };
    }

    /// <summary>Warns of peers that are both allowed and denied. Those of the defaults are reported once, for their own table.</summary>
    public static void CheckBoth(Problems problems, Section<Service> section)
    {
        var isOwn = section.Find(AdmissionKeys.Allow.Name) is not null || section.Find(AdmissionKeys.Deny.Name) is not null;
        if (!isOwn
            || section.Get(AdmissionKeys.Allow).Rules is not { } allowed
            || section.Get(AdmissionKeys.Deny).Rules is not { IsEmpty: false } denied)
        {
            return;
        }

        var positions = denied.ToDictionary(rule => rule.Text, rule => rule.At);
        foreach (var rule in allowed)
        {
            if (positions.TryGetValue(rule.Text, out var at))
            {
                problems.Warning(rule.At, $"{rule.Text} is also denied, at {at}; deny wins");
            }
        }
    }
}
