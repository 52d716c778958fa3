using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>The accept loop of a listening stream socket, which no error ends.</summary>
/// <remarks>
/// What a connection takes from the limits of its service is taken when a client is there and before it is accepted: a listener without clients
/// holds nothing, and at a limit clients wait in the backlog.
/// </remarks>
/// <param name="whenReadable">Waits until a client is there.</param>
/// <param name="accept">Accepts one; null where it has gone, or another process has it.</param>
/// <param name="reserve">The descriptors that connections do not get.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
/// <param name="changed">Called when the trouble begins and ends.</param>
internal sealed class AcceptLoop(
    Func<CancellationToken, ValueTask> whenReadable,
    Func<StreamSocket?> accept,
    DescriptorReserve reserve,
    ILogger logger,
    TimeProvider time,
    Action changed) : IListenLoop
{
    private const int MostAcceptedAtOnce = 16;
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(1);

    private int _acceptedAtOnce;
    private AcceptFailure _kind;

    /// <inheritdoc/>
    public required Assignment Assignment { get; set; }

    /// <summary>How many clients wait to be accepted; null: the system does not tell.</summary>
    public Func<int>? Waiting { get; init; }

    /// <inheritdoc/>
    public string? Trouble { get; private set; }

    private string Local => Assignment.Places[0].Local;

    private string Service => Assignment.Service.Name;

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        var pause = LeastPause;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (await AcceptAsync(stopping).ConfigureAwait(false) is not { } trouble)
                {
                    Recover();
                    pause = LeastPause;
                }
                else if (trouble.Kind == AcceptFailure.Client)
                {
                    logger.AcceptAborted(Local, trouble.Reason);
                }
                else
                {
                    Report(trouble.Kind, trouble.Reason);
                    await Task.Delay(pause, time, stopping).ConfigureAwait(false);
                    pause = pause * 2 < MostPause ? pause * 2 : MostPause;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Nothing ends the loop but the stop: not even a runtime that has no memory left for the timer of the pause.
                Report(AcceptFailure.Listener, failure.Message);
                await Task.Yield();
            }
        }
    }

    /// <summary>Accepts one connection and hands it on.</summary>
    /// <returns>Why there was none, or null.</returns>
    private async ValueTask<(AcceptFailure Kind, string Reason)?> AcceptAsync(CancellationToken stopping)
    {
        if (reserve.IsTouched())
        {
            return (AcceptFailure.Exhausted, reserve.Reason);
        }

        StreamSocket? socket;
        Assignment assignment;
        IDisposable? lease = null;
        try
        {
            var waiting = whenReadable(stopping);
            _acceptedAtOnce = waiting.IsCompleted ? _acceptedAtOnce + 1 : 0;
            await waiting.ConfigureAwait(false);
            if (_acceptedAtOnce == MostAcceptedAtOnce)
            {
                // A full backlog is not worked off at one go: other listeners want the thread as well.
                _acceptedAtOnce = 0;
                await Task.Yield();
            }

            assignment = Assignment;
            lease = await assignment.EnterAsync(mayWait: true, Waiting, stopping).ConfigureAwait(false);
            socket = lease is null ? null : accept();
        }
        catch (SocketException failure)
        {
            lease?.Dispose();
            return Tell(failure.Errno());
        }
        catch (LibcException failure)
        {
            lease?.Dispose();
            return Tell(failure.Errno);
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            lease?.Dispose();
            return (AcceptFailure.Listener, failure.Message);
        }

        if (socket is null)
        {
            lease?.Dispose();
            return null;
        }

        reserve.Note(socket);
        await assignment.AcceptedAsync(socket, lease!).ConfigureAwait(false);
        return null;
    }

    private (AcceptFailure Kind, string Reason) Tell(Errno errno)
    {
        return (AcceptFailures.Classify(errno), errno is Errno.EMFILE ? reserve.Reason : errno.Reason());
    }

    private void Recover()
    {
        if (Trouble is not null)
        {
            Trouble = null;
            changed();
            logger.AcceptRecovered(Local, Service);
        }
    }

    /// <summary>Logged when it starts and when it ends or becomes another, not at every try in between.</summary>
    private void Report(AcceptFailure kind, string reason)
    {
        if (Trouble is not null && kind == _kind)
        {
            return;
        }

        (Trouble, _kind) = (reason, kind);
        changed();
        if (kind == AcceptFailure.Exhausted)
        {
            logger.AcceptExhausted(Local, Service, reason);
        }
        else
        {
            logger.ListenerFailed(Local, Service, reason);
        }
    }
}
