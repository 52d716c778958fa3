using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tally;

/// <summary>
/// Limits the lines that the handler of a service logs, so that no client can fill the disk by making it log; further lines are counted.
/// </summary>
internal sealed class HandlerLines(string service, ILogger logger, TimeProvider time)
{
    private readonly LineBudget _budget = new(time);

    /// <summary>The service.</summary>
    public string Service => service;

    /// <summary>Whether one more line may be logged.</summary>
    public bool Take()
    {
        if (!_budget.Take())
        {
            return false;
        }

        TellDropped();
        return true;
    }

    /// <summary>Logs how many lines were left out, unless that was logged a moment ago. To be called regularly.</summary>
    /// <param name="isLast">Whether the daemon ends: then the count is logged at once.</param>
    public void TellDropped(bool isLast = false)
    {
        if (_budget.TakeDropped(isLast) is > 0 and var dropped)
        {
            logger.HandlerLinesDropped(service, dropped, LineBudget.LinesPerSecond);
        }
    }
}
