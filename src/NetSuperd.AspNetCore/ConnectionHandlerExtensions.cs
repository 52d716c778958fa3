using Microsoft.AspNetCore.Connections;

namespace NetSuperd.AspNetCore;

/// <summary>Runs the connection handlers of ASP.NET Core for connections of the daemon.</summary>
public static class ConnectionHandlerExtensions
{
    /// <summary>
    /// Runs a <see cref="ConnectionHandler"/>, such as one that is written for Kestrel, for a connection. The feature
    /// <see cref="StreamConnection"/> is the connection itself, and <c>IConnectionLifetimeNotificationFeature</c> has the token.
    /// </summary>
    /// <param name="handler">The handler, which may serve many connections.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="stopping">The token of the plugin's handler.</param>
    /// <returns>A task that ends with the handler, after everything has been sent.</returns>
    public static async Task RunAsync(this ConnectionHandler handler, StreamConnection connection, CancellationToken stopping)
    {
        var context = new PluginConnection(connection, stopping);
        await using (context.ConfigureAwait(false))
        {
            await handler.OnConnectedAsync(context).ConfigureAwait(false);
            await context.Output.CompleteAsync().ConfigureAwait(false);
        }
    }
}
