using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NetSuperd.Web;

/// <summary>Serves the page until it is told to end.</summary>
internal static class WebProcess
{
    private const int MostConnections = 512;
    private const int MostHeaderBytes = 8 * 1024;
    private const int MostBodyBytes = 4 * 1024;
    private static readonly TimeSpan HeaderTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(3);

    /// <summary>Serves the page.</summary>
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(WebOptions options)
    {
        await using var app = Build(options);
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

    private static WebApplication Build(WebOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, options));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTime);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(options)
            .AddSingleton(services => new Daemon(options.Control, services.GetRequiredService<TimeProvider>()))
            .AddHostedService<LogFeed>().AddSingleton<Watch>().AddHostedService(services => services.GetRequiredService<Watch>());
        var app = builder.Build();
        app.Use(new Guard(options).PassAsync);
        app.Run(Pages.ServeAsync);
        return app;
    }

    /// <summary>What a stranger may take up. A browser keeps one connection for its stream, and few for the rest.</summary>
    private static void Limit(KestrelServerOptions kestrel, WebOptions options)
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
            listen.Use(new SourceLimit(MostConnections, MostConnections / 4).Limit);
        });
    }
}
