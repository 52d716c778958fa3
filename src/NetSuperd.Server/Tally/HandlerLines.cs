using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tally;

/// <summary>
/// The lines that the handler of a service logs: so many that a client that makes it log cannot fill the disk, and the others are counted.
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

    /// <summary>Tells how many were left out, where that was not told a moment ago. To be called now and then.</summary>
    /// <param name="isLast">Whether the daemon ends: nothing waits for its time.</param>
    public void TellDropped(bool isLast = false)
    {
        if (_budget.TakeDropped(isLast) is > 0 and var dropped)
        {
            logger.HandlerLinesDropped(service, dropped, LineBudget.LinesPerSecond);
        }
    }
}
