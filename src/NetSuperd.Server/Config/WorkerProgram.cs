using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config;

/// <summary>The worker of a service: a process of the daemon's own program in which handlers serve with rights of their own.</summary>
/// <remarks>Services share a worker if they name the same one, or if they name none and have the same rights.</remarks>
/// <param name="Name">The name in the map; null: the map names none.</param>
/// <param name="Rights">What the process gets: user, groups, limits, environment.</param>
public sealed record WorkerProgram(string? Name, ChildProgram Rights)
{
    /// <summary>The argument of the program in a worker.</summary>
    public const string Command = "worker";

    /// <summary>The least memory of a worker, <c>limits.data</c> in bytes.</summary>
    internal const ulong LeastData = 256 << 20;

    // What the runtime takes beside the heap of the handlers: its own tables, compiled code, the stacks of its threads.
    private const ulong OfRuntime = 160 << 20;

    /// <summary>The rights as a text, which is the same for the same rights.</summary>
    public required string RightsText { get; init; }

    /// <summary>Services with the same key share the process.</summary>
    public string Key => $"{Name}\n{RightsText}";

    /// <summary>The name of the process in the log. No service has it, since names of services have no colon.</summary>
    public string ProcessName => $"worker:{Name ?? Rights.User.Name}";

    /// <summary>A worker with some rights.</summary>
    internal static WorkerProgram Of(string? name, ChildProgram rights)
    {
        var texts = ServiceKeys.OfWorker.Select(key => $"{key.Name} = {key.Show(Shown(rights))}");
        return new WorkerProgram(name, rights) { RightsText = string.Join('\n', texts) };
    }

    /// <summary>The variables that the runtime of a worker needs: where .NET is, and how much memory its heap may have.</summary>
    /// <remarks>
    /// The heap knows of no resource limit. With a limit of its own it collects garbage before the process reaches that of the system, and
    /// a handler that wants too much gets an OutOfMemoryException.
    /// </remarks>
    internal static IEnumerable<(string Name, string Value)> RuntimeVariables(ImmutableArray<ResourceLimit> limits)
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if ((string)variable.Key is ['D', 'O', 'T', 'N', 'E', 'T', '_', ..] name)
            {
                yield return (name, (string)variable.Value!);
            }
        }

        if (limits.FirstOrDefault(limit => limit.Name == "data") is { Soft: not ResourceLimit.Unlimited and var most })
        {
            yield return ("DOTNET_GCHeapHardLimit", (most - OfRuntime).ToString("x", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The keys show what a service has.</summary>
    private static Service Shown(ChildProgram rights) => new()
    {
        Name = "",
        Program = rights,
        Settings = Settings.Empty,
        Admission = null!,
        Log = LoggedConnections.All,
        LogFields = LogFacts.Default,
        Enabled = true,
        At = null!,
        HandlerAt = null!,
    };
}
