using Microsoft.Extensions.Logging;
using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Hosting;

/// <summary>The process that has taken over from this one, and serves.</summary>
/// <param name="pid">The process.</param>
/// <param name="process">Signals it.</param>
/// <param name="channel">The connection to it.</param>
/// <param name="requests">Its requests, which arrive there.</param>
/// <param name="dropped">The sockets that it did not take.</param>
internal sealed class Successor(
    int pid, ProcessHandle process, ControlConnection channel, ControlLines requests, IReadOnlyList<string> dropped)
    : ISuccessor
{
    private int _isStopped;

    /// <summary>The process.</summary>
    public int Pid => pid;

    /// <summary>The sockets that it did not take.</summary>
    public IReadOnlyList<string> Dropped => dropped;

    /// <summary>Begins to answer its requests. That ends with either process, which closes the channel, and logs its own failure.</summary>
    public void Serve(IOperator answers, ILogger logger) => _ = ServeAsync(answers, logger);

    /// <summary>Makes it reload the map.</summary>
    public void Reload() => process.Signal(SignalName.SIGHUP);

    /// <summary>Stops it, at once or in order, as often as this is asked for.</summary>
    public void Stop(bool now)
    {
        if (Interlocked.Exchange(ref _isStopped, 1) == 0)
        {
            process.Signal(SignalName.SIGTERM);
        }

        if (now)
        {
            // A different signal: an equal one would be merged with the first (signal(7)).
            process.Signal(SignalName.SIGINT);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => process.Dispose();

    private async Task ServeAsync(IOperator answers, ILogger logger)
    {
        using (channel)
        {
            await ControlServer.ServeChannelAsync(requests, answers, logger, CancellationToken.None);
        }
    }
}
