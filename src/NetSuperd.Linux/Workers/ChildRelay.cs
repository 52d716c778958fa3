using System.Collections.Concurrent;
using NetSuperd.Platform;
using NetSuperd.Linux.Forward;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Serve.Tls;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>In a worker: encrypts the connections of children, which the daemon starts when a handshake is done.</summary>
/// <param name="server">Does the handshakes.</param>
/// <param name="tally">Tells the daemon of them.</param>
/// <param name="loop">Watches the ends for the children.</param>
/// <param name="time">The clock.</param>
internal sealed class ChildRelay(TlsServer server, WorkerTally tally, EventLoop loop, TimeProvider time) : IStreamHandler
{
    // How often a relay is looked at: its child may have ended, or may have ended its transmission and still read.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // How long a client may take nothing of what a child has left behind: no limit of the service holds for it then.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<long, StreamSocket> _ends = new();

    /// <summary>Notes the end that leads to the child of a connection, before <see cref="HandleAsync"/>.</summary>
    public void Expect(long id, StreamSocket end) => _ends[id] = end;

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        _ends.TryRemove(connection.Id, out var end);
        using (end)
        {
            var encrypted = await server.AcceptAsync(connection).ConfigureAwait(false);
            await using (encrypted.ConfigureAwait(false))
            {
                // A child sees the same end on its socket, whatever the client has meant.
                encrypted.TakesCut = true;
                tally.Encrypt(connection.Id, encrypted.Tls);
                await RelayAsync(encrypted, end!, tally.RecordOf(connection.Id)!).ConfigureAwait(false);
            }
        }
    }

    private async Task RelayAsync(TlsConnection client, StreamSocket end, ConnectionRecord record)
    {
        await using var child = new SocketConnection(
            end, record.OfTarget(record.Local, time.GetTimestamp()), null, loop, time, CancellationToken.None);
        var forwarding = new Forwarding(client, child, record, time, endsInOrder: true);
        var (toChild, toClient) = (forwarding.CopyToTargetAsync(), forwarding.CopyToClientAsync());
        await EndAsync(Task.WhenAll(toChild, toClient), until: toClient, client, end, record).ConfigureAwait(false);

        // Where the client still sends, that direction ends with its connection.
        var closing = client.CloseAsync().AsTask();
        await EndAsync(closing, until: closing, client, end, record).ConfigureAwait(false);
    }

    /// <summary>
    /// Waits for the end of both directions, or of one once the child has ended. A client that takes nothing then is reset after a time.
    /// </summary>
    private async Task EndAsync(Task both, Task until, TlsConnection client, StreamSocket end, ConnectionRecord record)
    {
        var (sent, since) = (record.BytesSent, time.GetTimestamp());
        while (!both.IsCompleted && !(until.IsCompleted && end.HasHungUp))
        {
            await Task.WhenAny(both, until.IsCompleted ? Task.Delay(Pause, time) : Task.WhenAny(until, Task.Delay(Pause, time)))
                .ConfigureAwait(false);
            if (record.BytesSent != sent || !end.HasHungUp)
            {
                (sent, since) = (record.BytesSent, time.GetTimestamp());
            }
            else if (time.GetElapsedTime(since) > Patience)
            {
                client.Abort();
                return;
            }
        }
    }
}
