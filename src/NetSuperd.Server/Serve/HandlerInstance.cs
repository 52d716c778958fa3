using System.Reflection;
using Microsoft.Extensions.Logging;
using NetSuperd.Server.Serve.Tls;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>The one handler of a service and its configuration.</summary>
internal sealed class HandlerInstance
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestDispose = TimeSpan.FromSeconds(5);

    // How long a call may take to end once its token has fired.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly Plugin? _plugin;
    private readonly Lock _stop = new();
    private object? _handler;
    private volatile IHandlerLife? _started;
    private Task? _stopping;

    /// <param name="use">The service that uses it.</param>
    /// <param name="handler">The handler, which is called concurrently.</param>
    /// <param name="settings">The settings that it was made with, in TOML.</param>
    /// <param name="plugin">The plugin that it comes from; null for a built-in.</param>
    public HandlerInstance(ServiceUse use, object handler, string settings, Plugin? plugin)
    {
        Use = use;
        Settings = settings;
        var type = handler.GetType();
        Name = new HandlerName(use.Name, type.GetCustomAttribute<HandlerAttribute>()?.Name ?? type.Name);
        _handler = handler;
        _plugin = plugin;
        plugin?.Enter();
    }

    /// <summary>The service that uses it.</summary>
    public ServiceUse Use { get; }

    /// <summary>What the log calls it.</summary>
    public HandlerName Name { get; }

    /// <summary>The settings that it was made with.</summary>
    public string Settings { get; }

    /// <summary>The services to which it passes connections.</summary>
    public IReadOnlyList<string> PassesTo { get; init; } = [];

    /// <summary>The services whose state it shows, as far as it has named them.</summary>
    public IReadOnlyList<string> Shows { get; init; } = [];

    /// <summary>Whether it shows what the server serves.</summary>
    public bool ShowsServer { get; init; }

    /// <summary>The handler.</summary>
    public object Handler => _handler ?? throw new ObjectDisposedException(Use.Name);

    /// <summary>Encrypts its connections; null: they come as the client sends them.</summary>
    public TlsServer? Tls { get; init; }

    /// <summary>The handler of connections.</summary>
    public IStreamHandler Streams => Tls is null ? (IStreamHandler)Handler : new TlsHandler(Tls, (IStreamHandler)Handler);

    /// <summary>The handler of datagrams.</summary>
    public IDatagramHandler Datagrams => (IDatagramHandler)Handler;

    /// <summary>Whether it has been stopped.</summary>
    public bool IsStopped => _stopping is { IsCompleted: true };

    /// <summary>Whether the handler is a built-in, which never blocks.</summary>
    public bool IsBuiltin => _plugin is null;

    /// <summary>Starts a handler with a life of its own, unless it is started.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <exception cref="TimeoutException">The handler has not started in time.</exception>
    /// <exception cref="OperationCanceledException">The daemon is to stop.</exception>
    public async Task StartAsync(TimeProvider time, CancellationToken stopping)
    {
        if (_started is null && Handler is IHandlerLife life)
        {
            if (!await EndsAsync(life.StartAsync, LongestStart, time, stopping).ConfigureAwait(false))
            {
                stopping.ThrowIfCancellationRequested();
                throw new TimeoutException($"it has not started within {LongestStart.TotalSeconds} s");
            }

            _started = life;
        }
    }

    /// <summary>Why a handler has not started.</summary>
    public static string WhyNotStarted(Exception failure) =>
        failure is SettingsException or TimeoutException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}";

    /// <summary>Stops a handler that was started, when its last connection has ended. Every call waits for the first one.</summary>
    /// <param name="logger">Gets what fails.</param>
    /// <param name="now">Cuts the stop short.</param>
    public Task StopAsync(ILogger logger, CancellationToken now)
    {
        lock (_stop)
        {
            return _stopping ??= StopOnceAsync(logger, now);
        }
    }

    private async Task StopOnceAsync(ILogger logger, CancellationToken now)
    {
        if (_started is not { } life)
        {
            return;
        }

        try
        {
            if (!await EndsAsync(life.StopAsync, LongestStop, TimeProvider.System, now).ConfigureAwait(false))
            {
                logger.HandlerStopHangs(Use.Name);
            }
        }
        catch (Exception failure)
        {
            logger.HandlerStopFailed(failure, Use.Name);
        }
    }

    /// <summary>
    /// Stops and disposes the handler when its last connection has ended. A handler that blocks then delays the daemon only for a bounded
    /// time.
    /// </summary>
    public async Task DisposeAsync(ILogger logger)
    {
        if (Interlocked.Exchange(ref _handler, null) is not { } handler)
        {
            return;
        }

        await StopAsync(logger, CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (IsBuiltin)
            {
                await DisposeAsync(handler).ConfigureAwait(false);
            }
            else if (!await EndsAsync(_ => DisposeAsync(handler), LongestDispose, TimeProvider.System, CancellationToken.None)
                .ConfigureAwait(false))
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

    /// <summary>Calls the code of a plugin, which may block, on another thread.</summary>
    /// <param name="call">The call, with a token that fires when the daemon no longer waits for it.</param>
    /// <param name="longest">How long to wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="now">Ends the waiting.</param>
    /// <returns>Whether the call has ended; otherwise it is abandoned.</returns>
    private async Task<bool> EndsAsync(
        Func<CancellationToken, Task> call, TimeSpan longest, TimeProvider time, CancellationToken now)
    {
        var limit = new CancellationTokenSource();
        var calling = Task.Run(
            () =>
            {
                HandlerThread.Enter(Name);
                return call(limit.Token);
            },
            CancellationToken.None);
        await calling.WaitAsync(longest, time, now).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (calling.IsCompleted)
        {
            await calling.ConfigureAwait(false);
            return true;
        }

        await Task.WhenAll(limit.CancelAsync(), calling).WaitAsync(Grace, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return calling.IsCompletedSuccessfully;
    }

    private static async Task DisposeAsync(object handler)
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
}
