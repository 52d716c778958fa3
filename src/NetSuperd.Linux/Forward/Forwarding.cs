using System.Buffers;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Forward;

/// <summary>A connection of a client and one to a target: what comes from one end goes to the other.</summary>
/// <remarks>
/// Overview. Each direction is a loop of its own. It holds a buffer only while bytes are there, and reads nothing while the other end does
/// not take what it has read, so a slow reader slows the sender down. The end of a transmission is passed on, and the other direction
/// stays open. Whatever else happens to one end (reset, abort, time limit) ends the other one; the first of both that was lost tells how
/// the connection has ended. It ends the target at once. The client first gets what the target had sent before: a server that answers
/// without reading the whole request resets the connection with the answer still on its way.
/// <para>
/// While a direction waits for room at its other end, or has ended, nothing is read from its own end, which would tell of a reset. From
/// then on both ends tell of it by themselves (<see cref="StreamConnection.HearReset"/>).
/// </para>
/// </remarks>
/// <param name="client">The client's connection.</param>
/// <param name="target">The connection to the target.</param>
/// <param name="record">The record of the client's connection.</param>
/// <param name="time">The clock.</param>
/// <param name="endsInOrder">
/// Whether the client's connection is to be ended in order, by the caller, where the target is lost: then it is a child, which may answer
/// and end without reading everything.
/// </param>
internal sealed class Forwarding(
    StreamConnection client, StreamConnection target, ConnectionRecord record, TimeProvider time, bool endsInOrder = false)
{
    // Most messages fit into it.
    private const int SmallBytes = 16 * 1024;

    // A bulk transfer spends its time on copying then, and not on system calls.
    private const int LargeBytes = 256 * 1024;

    // 8 MiB for all connections of a worker, however many ends do not read. Further bulk transfers are slower.
    private const int MostLarge = 32;

    private static int _large;

    // How long a client may take nothing of what a lost target has sent.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromSeconds(1);

    private bool _isLost;
    private bool _hears;
    private volatile bool _hasAll;

    /// <summary>Completes when a client whose target is lost has been ended. To be awaited after both directions.</summary>
    public Task Ending { get; private set; } = Task.CompletedTask;

    /// <summary>Passes on what the client sends, until its end or until an end is lost. It never fails.</summary>
    /// <param name="head">What the target gets before that.</param>
    public Task CopyToTargetAsync(byte[]? head = null) =>
        head is null ? CopyAsync(client, target) : CopyAfterHeadAsync(head);

    /// <summary>The other direction.</summary>
    public Task CopyToClientAsync() => CopyAsync(target, client);

    private async Task CopyAfterHeadAsync(byte[] head)
    {
        try
        {
            await target.SendAsync(head, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ConnectionClosedException)
        {
            Lose(target);
            return;
        }

        await CopyAsync(client, target).ConfigureAwait(false);
    }

    /// <summary>One direction. What it keeps while it waits is most of the memory of an idle connection, so all else is called.</summary>
    private async Task CopyAsync(StreamConnection from, StreamConnection to)
    {
        try
        {
            var last = 0;
            do
            {
                await from.WaitForDataAsync(CancellationToken.None).ConfigureAwait(false);
                last = await PassAsync(from, to, isBulk: last >= SmallBytes).ConfigureAwait(false);
            }
            while (last > 0);
        }
        catch (ConnectionClosedException)
        {
            Lose(from);
        }

        if (from == target)
        {
            _hasAll = true;
        }
    }

    /// <summary>Passes on what is there.</summary>
    /// <returns>How many bytes; 0: the direction has ended.</returns>
    private async ValueTask<int> PassAsync(StreamConnection from, StreamConnection to, bool isBulk)
    {
        var isLarge = isBulk && TakeLarge();
        var buffer = ArrayPool<byte>.Shared.Rent(isLarge ? LargeBytes : SmallBytes);
        var used = from;
        try
        {
            var received = await from.ReceiveAsync(buffer, CancellationToken.None).ConfigureAwait(false);
            used = to;
            if (received == 0 && from == target && target.Closed.IsCancellationRequested)
            {
                // It has been reset, and this is the end of what had come before.
                Lose(target);
            }
            else if (received == 0)
            {
                await to.EndSendingAsync().ConfigureAwait(false);
                HearResets();
            }
            else
            {
                var sending = to.SendAsync(buffer.AsMemory(0, received), CancellationToken.None);
                if (!sending.IsCompleted)
                {
                    HearResets();
                }

                await sending.ConfigureAwait(false);
            }

            return received;
        }
        catch (ConnectionClosedException)
        {
            Lose(used);
            return 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (isLarge)
            {
                Interlocked.Decrement(ref _large);
            }
        }
    }

    private void HearResets()
    {
        if (!_hears)
        {
            _hears = true;
            Hear(client);
            Hear(target);
        }
    }

    private void Hear(StreamConnection end)
    {
        end.HearReset();
        end.Closed.UnsafeRegister(_ => Lose(end), null);
    }

    /// <summary>Ends the connection because one of its ends is lost.</summary>
    private void Lose(StreamConnection lost)
    {
        if (Interlocked.Exchange(ref _isLost, true))
        {
            return;
        }

        if (lost == target && endsInOrder)
        {
            return;
        }

        if (lost == target)
        {
            record.EndOfTarget = ConnectionEnd.TargetReset;
            Ending = EndClientAsync();
        }
        else if (record.TimedOutBy is { } key)
        {
            target.TimeOut(key);
        }
        else
        {
            target.Abort();
        }
    }

    /// <summary>Resets the client when it has everything that the target has sent, or takes nothing of it any more.</summary>
    private async Task EndClientAsync()
    {
        var (left, since, pause) = ((record.BytesSent, client.Unsent), time.GetTimestamp(), ShortestPause);

        // It is called by the direction that has noticed the loss, which is over then.
        await Task.Yield();
        while (!(_hasAll && client.Unsent == 0) && !client.Closed.IsCancellationRequested && time.GetElapsedTime(since) < Patience)
        {
            await Task.Delay(pause, time).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            if ((record.BytesSent, client.Unsent) is var now && now != left)
            {
                (left, since) = (now, time.GetTimestamp());
            }
        }

        client.Abort();
    }

    private static bool TakeLarge()
    {
        if (Interlocked.Increment(ref _large) <= MostLarge)
        {
            return true;
        }

        Interlocked.Decrement(ref _large);
        return false;
    }
}
