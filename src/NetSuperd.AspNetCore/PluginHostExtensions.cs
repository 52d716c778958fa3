using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace NetSuperd.AspNetCore;

/// <summary>Makes a web application serve the connections of the daemon.</summary>
public static class PluginHostExtensions
{
    /// <summary>
    /// Has Kestrel serve the connections that the transport gets, and no others. The signals of the process stay with the daemon: the
    /// plugin starts and stops the application.
    /// </summary>
    public static WebApplicationBuilder UseNetSuperd(this WebApplicationBuilder builder, PluginTransport transport)
    {
        builder.Services.AddSingleton<IConnectionListenerFactory>(transport);
        builder.Services.AddSingleton<IHostLifetime, PluginLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(transport.EndPoint));
        return builder;
    }

    /// <summary>Waits for nothing, and stops for no signal.</summary>
    private sealed class PluginLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
