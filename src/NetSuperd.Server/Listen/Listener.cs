using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>One listening stream socket and its accept loop, which only the stop of the daemon ends.</summary>
internal sealed class Listener(
    Port port, string local, Func<CancellationToken, ValueTask<Socket>> accept, ILogger logger, TimeProvider time)
{
    private const int MostAcceptedAtOnce = 16;
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(1);

    /// <summary>The entry of the map that this listens for.</summary>
    public Port Port => port;

    /// <summary>The address in use, as the log names it.</summary>
    public string Local => local;

    /// <summary>Why it does not accept just now; null while it does.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Accepts until it is stopped. What <paramref name="accepted"/> waits for, the loop waits for.</summary>
    public async Task RunAsync(Func<Port, Socket, ValueTask> accepted, CancellationToken stopping)
    {
        var pause = LeastPause;
        var acceptedAtOnce = 0;
        while (!stopping.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                // An accept that waited goes on on the runtime's epoll thread, which other sockets need: a full backlog is worked off
                // on a pool thread.
                var accepting = accept(stopping);
                acceptedAtOnce = accepting.IsCompleted ? acceptedAtOnce + 1 : 0;
                socket = await accepting.ConfigureAwait(false);
                if (acceptedAtOnce == MostAcceptedAtOnce)
                {
                    await Task.Yield();
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                var kind = failure is SocketException refused ? AcceptFailures.Classify(refused) : AcceptFailure.Listener;
                if (kind == AcceptFailure.Client)
                {
                    logger.AcceptAborted(local, failure.Message);
                    continue;
                }

                Report(kind, failure.Message);
                try
                {
                    await Task.Delay(pause, time, stopping).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    return;
                }

                pause = pause * 2 < MostPause ? pause * 2 : MostPause;
                continue;
            }

            if (Trouble is not null)
            {
                Trouble = null;
                pause = LeastPause;
                logger.AcceptRecovered(local, port.Service.Name);
            }

            await accepted(port, socket).ConfigureAwait(false);
        }
    }

    /// <summary>Logged when it starts and when it ends, not at every try in between.</summary>
    private void Report(AcceptFailure kind, string reason)
    {
        if (Trouble is not null)
        {
            return;
        }

        Trouble = reason;
        if (kind == AcceptFailure.Exhausted)
        {
            logger.AcceptExhausted(local, port.Service.Name, reason);
        }
        else
        {
            logger.ListenerFailed(local, port.Service.Name, reason);
        }
    }
}
