using System.Net;
using NetSuperd.Platform;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Forward;

/// <summary>Connects to an address of a target. On the loop alone.</summary>
internal static class TargetConnect
{
    // A unix socket whose backlog is full does not say when it has room again (connect(2), EAGAIN).
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Connects.</summary>
    /// <param name="target">The address.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="longest">How long it may take.</param>
    /// <param name="record">The record of the client.</param>
    /// <param name="parts">The loop and the clock.</param>
    /// <returns>The connection; or why there is none.</returns>
    public static async ValueTask<(SocketConnection? Connection, Errno? Failure)> ConnectAsync(
        EndPoint target, TargetSource source, TimeSpan longest, CountedConnection record, ForwardParts parts)
    {
        var began = parts.Time.GetTimestamp();
        var start = source.Begin(target);
        while (start.Failure == Errno.EAGAIN && parts.Time.GetElapsedTime(began) < longest)
        {
            await Task.Delay(RetryInterval, parts.Time, CancellationToken.None).ConfigureAwait(false);
            await LoopTurn.On(parts.Loop).ConfigureAwait(false);
            start = source.Begin(target);
        }

        if (start.Socket is not { } socket)
        {
            return (null, start.Failure);
        }

        var connection = new SocketConnection(
            socket, record.OfTarget(target, parts.Time.GetTimestamp()), null, parts.Loop, parts.Time, CancellationToken.None)
        {
            ReceivesAfterReset = true,
        };
        if (start.Failure is null || await connection.ConnectAsync(longest).ConfigureAwait(false) is not { } failure)
        {
            return (connection, null);
        }

        // A socket with the address of the client serves the next attempt.
        if (source.OfClient is null || connection.GiveAway() is null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return (null, failure);
    }
}
