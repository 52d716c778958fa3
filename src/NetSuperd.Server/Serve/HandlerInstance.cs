using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>The one handler of a service and its configuration.</summary>
internal sealed class HandlerInstance
{
    private static readonly TimeSpan LongestDispose = TimeSpan.FromSeconds(5);

    private readonly Plugin? _plugin;
    private object? _handler;

    /// <param name="use">The service that uses it.</param>
    /// <param name="handler">The handler, which is called concurrently.</param>
    /// <param name="settings">The settings that it was made with, in TOML.</param>
    /// <param name="plugin">The plugin that it comes from; null for a built-in.</param>
    public HandlerInstance(ServiceUse use, object handler, string settings, Plugin? plugin)
    {
        Use = use;
        Settings = settings;
        _handler = handler;
        _plugin = plugin;
        plugin?.Enter();
    }

    /// <summary>The service that uses it.</summary>
    public ServiceUse Use { get; }

    /// <summary>The settings that it was made with.</summary>
    public string Settings { get; }

    /// <summary>The services to which it passes connections.</summary>
    public IReadOnlyList<string> PassesTo { get; init; } = [];

    /// <summary>The handler.</summary>
    public object Handler => _handler ?? throw new ObjectDisposedException(Use.Name);

    /// <summary>The handler of connections.</summary>
    public IStreamHandler Streams => (IStreamHandler)Handler;

    /// <summary>The handler of datagrams.</summary>
    public IDatagramHandler Datagrams => (IDatagramHandler)Handler;

    /// <summary>Whether the handler is a built-in, which never blocks.</summary>
    public bool IsBuiltin => _plugin is null;

    /// <summary>
    /// Disposes the handler when its last connection has ended. A handler that blocks then delays the daemon only for a bounded time.
    /// </summary>
    public async Task DisposeAsync(ILogger logger)
    {
        if (Interlocked.Exchange(ref _handler, null) is not { } handler)
        {
            return;
        }

        try
        {
            // A plugin's handler may block, so it is disposed on another thread.
            var disposing = IsBuiltin ? DisposeAsync(handler) : Task.Run(() => DisposeAsync(handler));
            if (await Task.WhenAny(disposing, Task.Delay(LongestDispose)).ConfigureAwait(false) == disposing)
            {
                await disposing.ConfigureAwait(false);
            }
            else
            {
                logger.HandlerDisposeHangs(Use.Name, LongestDispose.TotalSeconds);
            }
        }
        catch (Exception failure)
        {
            logger.HandlerDisposeFailed(failure, Use.Name);
        }

        _plugin?.Leave(logger);
    }

    private async Task DisposeAsync(object handler)
    {
        HandlerThread.Enter(IsBuiltin ? null : Use.Name);
        if (handler is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            (handler as IDisposable)?.Dispose();
        }
    }
}
