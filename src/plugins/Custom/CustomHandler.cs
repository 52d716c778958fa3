using System.Net;
using Microsoft.Extensions.Logging;
using NetSuperd;

namespace Custom;

/// <summary>
/// The service on 2005: says in the log whom it handles, echoes what it receives until the end of transmission, then closes. It is written
/// as a plugin outside the daemon would be, and is the example to start from.
/// </summary>
[Handler("custom")]
public sealed partial class CustomHandler(ILogger logger) : IStreamHandler
{
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        LogHandling(connection.RemoteEndPoint is IPEndPoint client ? client.Address : connection.RemoteEndPoint);

        var buffer = new byte[4096];
        int received;
        while ((received = await connection.ReceiveAsync(buffer, stopping)) > 0)
        {
            await connection.SendAsync(buffer.AsMemory(0, received), stopping);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Handling client {Client}")]
    private partial void LogHandling(object client);
}
