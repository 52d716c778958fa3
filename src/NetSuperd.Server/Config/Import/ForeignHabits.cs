using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import;

/// <summary>What holds for every program that is started here, and did not before: each is said once.</summary>
internal static class ForeignHabits
{
    /// <summary>Says it.</summary>
    /// <param name="map">Receives the findings.</param>
    /// <param name="service">A service.</param>
    /// <param name="hadStderr">Whether its client got what the program writes to standard error.</param>
    public static void Say(ImportedMap map, ImportedService service, bool hadStderr = true)
    {
        map.ChangedOnce(
            service.At,
            $"where the file names no limit, at most {AdmissionKeys.MaxConnections.DefaultText} connections of a service and "
            + $"{AdmissionKeys.MaxPerSource.DefaultText} of one address are served at once: see max_connections, max_per_source and "
            + "max_per_network");
        var startsProgram = service.Find(ForwardKeys.Forward) is null;
        if (startsProgram)
        {
            map.ChangedOnce(
                service.At,
                "programs get a clean environment (ENVIRONMENT in netsuperd(8)): pass_env names variables of the daemon to pass on");
        }

        if (startsProgram && hadStderr && service.Find(ServiceKeys.Stderr) is null)
        {
            map.ChangedOnce(
                service.At,
                "standard error goes to the log and no longer to the client; stderr = \"socket\" sends it to the client as before");
        }

        if (service.Find(AdmissionKeys.Rate) is not null)
        {
            map.ChangedOnce(
                service.At, "a service over its rate takes its next client a moment later, instead of being switched off for some time");
        }
    }
}
