using System.Net;
using NetSuperd.Native;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>
/// A listening socket that is about to be closed. Closing resets whoever has connected and was not accepted yet, so new clients are kept away
/// first, handshakes that have begun come to their end, and everybody is accepted who is there then.
/// </summary>
/// <remarks>
/// New clients of TCP are kept away by a filter that drops their first segment: they send it again after a second, and reach the socket that
/// has taken over the port, or learn that nobody listens.
/// </remarks>
internal sealed class ClosingListener(BoundSocket bound, TimeProvider time)
{
    private static readonly TimeSpan LongestHandshake = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(10);

    /// <summary>Hands on whoever waits.</summary>
    public async Task DrainAsync(Assignment assignment)
    {
        var isTcp = bound.Port.Key.Transport == Transport.Tcp;
        var isFiltered = isTcp && TryFilter();
        var began = time.GetTimestamp();
        while (true)
        {
            // Asked before accepting: who is counted no more waits by then.
            var isLast = !isFiltered || time.GetElapsedTime(began) > LongestHandshake || !HasHandshakes();
            if (!await AcceptAllAsync(assignment).ConfigureAwait(false) || isLast)
            {
                return;
            }

            await Task.Delay(LookAgain, time, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private bool TryFilter()
    {
        try
        {
            ListenFilter.Attach(bound.Socket);
            return true;
        }
        catch (LibcException)
        {
            // Who connects in the last moment is reset then, as with any listener that is closed.
            return false;
        }
    }

    private bool HasHandshakes() => bound.Socket.LocalEndPoint is IPEndPoint local && SocketDiagnosis.Handshakes(local) is { Count: > 0 };

    /// <returns>False where the system gives none any more, for want of descriptors for one: those who wait are lost.</returns>
    private async Task<bool> AcceptAllAsync(Assignment assignment)
    {
        while (true)
        {
            try
            {
                if (StreamListener.Accept(bound.Socket) is not { } socket)
                {
                    return true;
                }

                var lease = await assignment.EnterAsync(mayWait: false, CancellationToken.None).ConfigureAwait(false);
                await assignment.AcceptedAsync(socket, lease!).ConfigureAwait(false);
            }
            catch (LibcException failure) when (AcceptFailures.Classify(failure.Errno) == AcceptFailure.Client)
            {
                continue;
            }
            catch (LibcException)
            {
                return false;
            }
        }
    }
}
