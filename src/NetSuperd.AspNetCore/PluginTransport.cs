using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace NetSuperd.AspNetCore;

/// <summary>
/// A transport of Kestrel without a socket of its own: the daemon accepts the connections, and the plugin's handler passes them on with
/// <see cref="ServeAsync"/>.
/// </summary>
public sealed class PluginTransport : IConnectionListenerFactory
{
    // Kestrel takes each connection at once; what waits here are connections that the daemon has let in already.
    private readonly Channel<ConnectionContext> _connections = Channel.CreateUnbounded<ConnectionContext>();

    /// <summary>What Kestrel has in place of an address.</summary>
    public EndPoint EndPoint { get; } = new PluginEndPoint();

    /// <summary>Serves a connection with Kestrel, until the client or Kestrel ends it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="stopping">The token of the handler. When it fires, Kestrel answers the request under way and then closes.</param>
    /// <exception cref="InvalidOperationException">Kestrel has been stopped.</exception>
    public async Task ServeAsync(StreamConnection connection, CancellationToken stopping)
    {
        var context = new PluginConnection(connection, stopping);
        if (!_connections.Writer.TryWrite(context))
        {
            await context.DisposeAsync().ConfigureAwait(false);
            throw new InvalidOperationException("Kestrel has been stopped; start it before the first connection");
        }

        // Kestrel puts a feature of its own in the place of this one.
        using var closing = stopping.Register(() => context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose());
        await context.Disposed.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new(new Listener(endpoint, _connections));

    /// <summary>Gives Kestrel the connections until it unbinds.</summary>
    private sealed class Listener(EndPoint endpoint, Channel<ConnectionContext> connections) : IConnectionListener
    {
        public EndPoint EndPoint => endpoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await connections.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false)
            && connections.Reader.TryRead(out var connection) ? connection : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => DisposeAsync();

        public ValueTask DisposeAsync()
        {
            connections.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class PluginEndPoint : EndPoint
    {
        public override string ToString() => "the sockets of the map";
    }
}
