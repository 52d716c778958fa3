using System.Collections.Concurrent;
using NetSuperd.Native;
using NetSuperd.Server.Forward;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Serve.Tls;

namespace NetSuperd.Server.Workers;

/// <summary>In a worker: encrypts the connections of children, which the daemon starts when a handshake is done.</summary>
/// <param name="server">Does the handshakes.</param>
/// <param name="tally">Tells the daemon of them.</param>
/// <param name="loop">Watches the ends for the children.</param>
/// <param name="time">The clock.</param>
internal sealed class ChildRelay(TlsServer server, WorkerTally tally, EventLoop loop, TimeProvider time) : IStreamHandler
{
    // How often a child that has ended its transmission is looked at: it may have ended, or still read.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, StreamSocket> _ends = new();

    /// <summary>Notes the end that leads to the child of a connection, before <see cref="HandleAsync"/>.</summary>
    public void Expect(long id, StreamSocket end) => _ends[id] = end;

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        _ends.TryRemove(connection.Id, out var end);
        using (end)
        {
            var encrypted = await server.AcceptAsync(connection, stopping).ConfigureAwait(false);
            await using (encrypted.ConfigureAwait(false))
            {
                tally.Encrypt(connection.Id, encrypted.Tls);
                var record = tally.RecordOf(connection.Id)!;
                var ofChild = record.OfTarget(record.Local, time.GetTimestamp());
                await using var child = new SocketConnection(end!, ofChild, null, loop, time, CancellationToken.None);
                var forwarding = new Forwarding(encrypted, child, record, endsInOrder: true);
                var toChild = forwarding.CopyToTargetAsync();
                await forwarding.CopyToClientAsync().ConfigureAwait(false);
                while (!toChild.IsCompleted && !end!.HasHungUp)
                {
                    await Task.WhenAny(toChild, Task.Delay(Pause, time, CancellationToken.None)).ConfigureAwait(false);
                }

                // Where the client still sends, that direction ends with its connection.
                await encrypted.CloseAsync().ConfigureAwait(false);
            }
        }
    }
}
