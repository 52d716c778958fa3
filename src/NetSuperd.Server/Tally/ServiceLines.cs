using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tally;

/// <summary>Which lines the log takes for a service, and how many. Another map changes the choice, and resets no count.</summary>
/// <param name="service">The service.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class ServiceLines(string service, ILogger logger, TimeProvider time)
{
    // Apart, so that a flood of the ones does not hide the others.
    private readonly RefusalSample _refusals = new(service, logger, time);
    private readonly RefusalSample _failures = new(service, logger, time);
    private volatile ServiceLog _wanted = ServiceLog.Default;

    /// <summary>What the map in force wants in the log.</summary>
    public ServiceLog Wanted
    {
        get => _wanted;
        set => _wanted = value;
    }

    /// <summary>The lines of its handler.</summary>
    public HandlerLines OfHandler { get; } = new(service, logger, time);

    /// <summary>Whether the log names a refusal.</summary>
    public bool NamesRefusal(string reason) => _wanted.Names != LoggedConnections.None && _refusals.Names(reason);

    /// <summary>Whether the log names a failure that is no connection's alone.</summary>
    public bool NamesFailure(string reason) => _failures.Names(reason);

    /// <summary>Logs how many refusals, failures and lines were left out. To be called regularly.</summary>
    public void TellLeftOut()
    {
        _refusals.TellLeftOut();
        _failures.TellLeftOut();
        OfHandler.TellDropped();
    }
}
