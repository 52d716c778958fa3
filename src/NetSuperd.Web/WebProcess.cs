using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetSuperd.Hosting;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Web;

/// <summary>Serves the page until it is told to end.</summary>
internal static class WebProcess
{
    private const int MostConnections = 512;
    private const int LeastConnections = 16;

    // What the process has without a client is below 200: files of the runtime, pipes of its threads, the socket of the daemon.
    private const int OwnDescriptors = 256;
    private const int MostHeaderBytes = 8 * 1024;
    private const int MostBodyBytes = 4 * 1024;
    private static readonly TimeSpan HeaderTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(3);

    /// <summary>Serves the page.</summary>
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(WebOptions options)
    {
        var most = (long)Math.Min(MostConnections + OwnDescriptors, HardLimit.Of(LimitedResource.RLIMIT_NOFILE)) - OwnDescriptors;
        if (most < LeastConnections)
        {
            Terminal.Say($"netsuperd: the page needs at least {OwnDescriptors + LeastConnections} descriptors (ulimit -Hn)");
            return ExitStatus.System;
        }

        PoolThreads.StartAll();
        await using var app = Build(options, (int)most);
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            Terminal.Say($"netsuperd: the page cannot be at {options.Listen}: {failure.Message}");
            return ExitStatus.System;
        }

        Terminal.Say($"netsuperd: the page is at http://{options.Listen}/");
        await app.WaitForShutdownAsync().ConfigureAwait(false);
        return ExitStatus.Ok;
    }

    private static WebApplication Build(WebOptions options, int mostConnections)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, options, mostConnections));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTime);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(options)
            .AddSingleton(services => new Daemon(options.Control, services.GetRequiredService<TimeProvider>()))
            .AddHostedService<LogFeed>().AddSingleton<Watch>().AddHostedService(services => services.GetRequiredService<Watch>());
        var app = builder.Build();
        app.Use(PageClient.PassAsync);
        app.Use(new Guard(options).PassAsync);
        app.Run(Pages.ServeAsync);
        return app;
    }

    /// <summary>What a stranger may take up. A browser keeps one connection for its stream, and few for the rest.</summary>
    private static void Limit(KestrelServerOptions kestrel, WebOptions options, int mostConnections)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestHeadersTotalSize = MostHeaderBytes;
        kestrel.Limits.MaxRequestLineSize = MostHeaderBytes / 2;
        kestrel.Limits.MaxRequestBodySize = MostBodyBytes;
        kestrel.Limits.RequestHeadersTimeout = HeaderTime;
        kestrel.Limits.KeepAliveTimeout = KeepAlive;
        kestrel.Listen(options.Listen, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(new SourceLimit(mostConnections, mostConnections / 4).Limit);
        });
    }
}
