using System.Collections.Immutable;
using NetSuperd.Server.Config;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Pipes;

/// <summary>A service of one map whose children have pipes.</summary>
internal sealed class PipedService
{
    /// <param name="service">The service in the map.</param>
    /// <param name="use">Its use by the map.</param>
    /// <param name="processes">Has its children.</param>
    /// <param name="time">The clock.</param>
    public PipedService(Service service, ServiceUse use, PipedProcesses processes, TimeProvider time)
    {
        (Use, Program, Admission, ByClient) = (use, service.Program!, service.Admission, service.Clients);
        Handler = new HandlerInstance(use, new PipedHandler(processes), settings: "", plugin: null);
        Errors = new LineBudget(time);
    }

    /// <summary>Its use by the map.</summary>
    public ServiceUse Use { get; }

    /// <summary>What its children are.</summary>
    public ChildProgram Program { get; }

    /// <summary>What the children of some clients get instead.</summary>
    public ImmutableArray<ClientRule> ByClient { get; }

    /// <summary>How long a connection may last.</summary>
    public Admission Admission { get; }

    /// <summary>Serves its connections.</summary>
    public HandlerInstance Handler { get; }

    /// <summary>The rate of the lines of its children.</summary>
    public LineBudget Errors { get; }
}
