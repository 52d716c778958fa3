using System.Text;
using Microsoft.Extensions.Logging;
using NetSuperd;

namespace Plugin1;

/// <summary>Greets each line of a client.</summary>
[Handler("plugin-one")]
public sealed partial class Plugin1Handler(ILogger<Plugin1Handler> logger, ServiceInfo service) : IStreamHandler
{
    private readonly string _word = service.Settings.GetString("word", "Hello");

    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        LogGreeting(connection.RemoteEndPoint);
        using var reader = new StreamReader(connection.Stream);
        while (await reader.ReadLineAsync(stopping) is { } name)
        {
            await connection.SendAsync(Encoding.UTF8.GetBytes($"{_word}, {name}!\r\n"), stopping);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Greeting {Client}")]
    private partial void LogGreeting(object client);
}
