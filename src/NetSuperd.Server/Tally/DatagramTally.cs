using System.Net;
using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tally;

/// <summary>Counts the datagrams of a service, and logs a sample of those that failed. There is no record of each.</summary>
/// <param name="use">The service.</param>
/// <param name="logger">The log.</param>
internal sealed class DatagramTally(ServiceUse use, ILogger logger)
{
    /// <summary>The service.</summary>
    public ServiceUse Use => use;

    /// <summary>Counts a batch.</summary>
    /// <param name="received">Datagrams received.</param>
    /// <param name="answered">Answers sent.</param>
    /// <param name="unsent">Answers that the system did not take.</param>
    public void Count(int received, long answered, long unsent) => use.Totals.Datagrams.Count(received, answered, unsent);

    /// <summary>Counts a datagram that was refused, or not answered.</summary>
    /// <param name="reason">The word of the verdict.</param>
    /// <param name="between">Tells sender and address, where the log names it.</param>
    public void Refuse(string reason, Func<(EndPoint? Peer, EndPoint Local)> between)
    {
        use.Totals.Datagrams.CountRefused();
        use.Totals.CountReason(reason);
        if (use.Log.NamesRefusal(reason))
        {
            var (peer, local) = between();
            logger.DatagramRefused(use.Name, peer ?? (object)"a unix socket", local, reason);
        }
    }

    /// <summary>Counts a datagram on which the handler threw.</summary>
    /// <param name="failure">The exception.</param>
    /// <param name="between">Tells sender and address, where the log names it.</param>
    public void Fail(Exception failure, Func<(EndPoint? Peer, EndPoint Local)> between)
    {
        use.Totals.Datagrams.CountFailed();
        if (use.Log.NamesFailure("failed"))
        {
            logger.DatagramFailed(failure, use.Name, between().Peer ?? (object)"a unix socket");
        }
    }

    /// <summary>Counts a datagram on which the handler threw in a worker, which logs it.</summary>
    public void CountFailed() => use.Totals.Datagrams.CountFailed();

    /// <summary>Counts a datagram whose worker has ended before it was served.</summary>
    public void Lose(Func<(EndPoint? Peer, EndPoint Local)> between)
    {
        use.Totals.Datagrams.CountFailed();
        use.Totals.CountReason(ConnectionEnd.WorkerLost.Word());
        if (use.Log.NamesFailure(ConnectionEnd.WorkerLost.Word()))
        {
            var (peer, local) = between();
            logger.DatagramRefused(use.Name, peer ?? (object)"a unix socket", local, ConnectionEnd.WorkerLost.Word());
        }
    }

    /// <summary>Counts a datagram that was too long.</summary>
    public void Drop(Func<(EndPoint? Peer, EndPoint Local)> between)
    {
        use.Totals.Datagrams.CountTruncated();
        if (use.Log.NamesRefusal("truncated"))
        {
            var (peer, local) = between();
            logger.DatagramRefused(use.Name, peer ?? (object)"a unix socket", local, "truncated");
        }
    }
}
