using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Control;

namespace NetSuperd.Hosting;

/// <summary>
/// A process that was the daemon before this one and still serves its connections. It answers the same requests as this process.
/// </summary>
internal interface IPredecessor : IDisposable
{
    /// <summary>The process.</summary>
    int Pid { get; }

    /// <summary>Whether it has ended or can no longer be asked.</summary>
    bool IsOver { get; }

    /// <summary>The descriptors that a successor gets to reach it.</summary>
    IEnumerable<(SafeHandle Handle, string Name)> Descriptors { get; }

    /// <summary>Reports the outcome of the start to it.</summary>
    /// <returns>
    /// Whether this process is now the daemon: the predecessor got the report, or has ended. A predecessor that lives and has closed the
    /// channel keeps serving.
    /// </returns>
    Task<bool> ReportAsync(ControlAnswer outcome);

    /// <summary>Sends it a request; null where it has ended, or does not answer in time.</summary>
    Task<ControlAnswer?> AskAsync(ControlRequest request);

    /// <summary>
    /// Sends it no request until <see cref="Resume"/>: the answer might reach the successor, which gets the same channel.
    /// </summary>
    Task HoldAsync();

    /// <summary>Allows requests again.</summary>
    void Resume();

    /// <summary>Stops it: it drains as this process does, and is killed where it does not end in time.</summary>
    /// <param name="drain">Its drain time.</param>
    /// <param name="logger">The log.</param>
    /// <param name="now">Cuts the drain short.</param>
    Task StopAsync(TimeSpan drain, ILogger logger, CancellationToken now);

    /// <summary>Stops it at once, without waiting for it.</summary>
    void Cut();
}
