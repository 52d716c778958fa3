using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NetSuperd;
using NetSuperd.AspNetCore;

namespace Site;

/// <summary>A web site on a port of the map: the daemon accepts and limits the connections, and Kestrel speaks HTTP on them.</summary>
[Handler("site")]
public sealed class SiteHandler(ServiceInfo service, ILoggerFactory loggers) : IStreamHandler, IHandlerLife
{
    private readonly PluginTransport _transport = new();
    private readonly string _greeting = service.Settings.GetString("greeting", "Hello");
    private WebApplication? _site;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = service.Folder });
        builder.Services.AddSingleton(loggers);
        builder.UseNetSuperd(_transport);
        _site = builder.Build();
        _site.MapGet("/", () => $"{_greeting}\n");
        _site.MapGet("/{name}", (string name) => $"{_greeting}, {name}!\n");
        await _site.StartAsync(cancellationToken);
    }

    public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => _transport.ServeAsync(connection, stopping);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await using var site = _site!;
        await site.StopAsync(cancellationToken);
    }
}
