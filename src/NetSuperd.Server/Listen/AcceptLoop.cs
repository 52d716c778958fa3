using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>The accept loop of a listening stream socket, which no error ends.</summary>
internal sealed class AcceptLoop(
    Func<CancellationToken, ValueTask<Socket>> accept,
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

        Socket socket;
        try
        {
            // An accept that waited goes on on the runtime's epoll thread, which other sockets need: a full backlog is worked off on a
            // pool thread.
            var accepting = accept(stopping);
            _acceptedAtOnce = accepting.IsCompleted ? _acceptedAtOnce + 1 : 0;
            socket = await accepting.ConfigureAwait(false);
            if (_acceptedAtOnce == MostAcceptedAtOnce)
            {
                await Task.Yield();
            }
        }
        catch (SocketException failure)
        {
            return Tell((Errno)failure.NativeErrorCode);
        }
        catch (LibcException failure)
        {
            return Tell(failure.Errno);
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            return (AcceptFailure.Listener, failure.Message);
        }

        reserve.Note(socket);
        await Assignment.AcceptedAsync(socket).ConfigureAwait(false);
        return null;
    }

    private (AcceptFailure Kind, string Reason) Tell(Errno errno)
    {
        // The runtime makes one error of EMFILE, which is ours, and ENFILE, which is the system's.
        var isOurs = errno is Errno.EMFILE or Errno.ENFILE && !Descriptors.HasOne();
        return (AcceptFailures.Classify(errno), isOurs ? reserve.Reason : errno.Reason());
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
