using Microsoft.Extensions.Logging;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>The one handler of a service and configuration.</summary>
internal sealed class HandlerInstance(Service service, IStreamHandler handler, bool isBuiltin)
{
    /// <summary>The service.</summary>
    public Service Service => service;

    /// <summary>The handler, which is called concurrently.</summary>
    public IStreamHandler Handler => handler;

    /// <summary>Whether the handler is one of ours: it never blocks.</summary>
    public bool IsBuiltin => isBuiltin;

    /// <summary>Disposes the handler, when its last connection has ended. What it throws costs nobody anything.</summary>
    public async Task DisposeAsync(ILogger logger)
    {
        try
        {
            if (handler is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                (handler as IDisposable)?.Dispose();
            }
        }
        catch (Exception failure)
        {
            logger.HandlerDisposeFailed(failure, service.Name);
        }
    }
}
