using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import;

/// <summary>
/// Loads an imported map as the daemon would, and takes out what that does not accept: one bad value of another program's file is no reason
/// to serve nothing of it.
/// </summary>
internal static class ImportCheck
{
    // What is taken out cannot be wrong a second time, but may have hidden another problem.
    private const int MostRounds = 8;

    // The other programs ignored such a value if it was wrong, and without it a service neither lets in more clients nor has more rights.
    private static readonly HashSet<string> Spared =
    [
        ServiceKeys.Nice.Name, ServiceKeys.Limits.Name, AdmissionKeys.MaxConnections.Name, AdmissionKeys.MaxPerSource.Name,
        PortKeys.Backlog.Name, PortKeys.SendBuffer.Name, PortKeys.ReceiveBuffer.Name,
    ];

    /// <summary>Takes out what is wrong, each with a finding.</summary>
    /// <param name="map">The map.</param>
    /// <param name="request">What is loaded beside it.</param>
    /// <param name="surroundings">The facts about the system.</param>
    public static void Run(ImportedMap map, LoadRequest request, Surroundings surroundings)
    {
        var disabled = new Dictionary<ImportedService, Finding>();
        for (var round = 0; round < MostRounds; round++)
        {
            map.LeaveTakenNames();
            var table = map.ToTable(new Position(new SourceText("import", "")));
            var loaded = new MapReading(request with { Imported = table }, surroundings).Run();
            var changed = new HashSet<ImportedService>();
            foreach (var problem in loaded.Problems.Where(problem => problem.Severity == Severity.Error))
            {
                if (map.Services.FirstOrDefault(service => service.Contains(problem.At)) is { } service
                    && !(changed.Contains(service) && service.IsOff))
                {
                    TakeOut(map, service, problem, disabled);
                    changed.Add(service);
                }
            }

            if (changed.Count == 0)
            {
                return;
            }
        }
    }

    private static void TakeOut(
        ImportedMap map, ImportedService service, ConfigProblem problem, Dictionary<ImportedService, Finding> disabled)
    {
        if (service.Drop(problem.At, Spared) is { } key)
        {
            map.Lost(problem.At, $"the value of {key} is left out: {problem.Message}");
        }
        else if (service.DropSocket(problem.At) is { } socket)
        {
            map.Lost(problem.At, $"'{service.Name}' is not served on {socket.Text}: {problem.Message}");
        }
        else if (service.IsOff)
        {
            if (disabled.TryGetValue(service, out var before))
            {
                map.Remove(before);
            }

            map.Remove(service);
            map.Lost(problem.At, $"'{service.Name}' is left out: {problem.Message}");
        }
        else
        {
            service.Remarks.Add(problem.Message);
            service.Disable(service.At);
            disabled[service] = new Finding(problem.At, Outcome.Lost, $"'{service.Name}' is disabled: {problem.Message}");
            map.Add(disabled[service]);
        }
    }
}
