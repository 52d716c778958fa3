using System.Buffers;
using System.Net;
using Microsoft.Extensions.Logging;
using NetSuperd;

namespace Custom;

/// <summary>
/// The service on 2005: names its client in the log, echoes what it receives until the end of transmission, then closes. It is written like
/// any plugin, and is the example to start from.
/// </summary>
[Handler("custom")]
public sealed partial class CustomHandler(ILogger logger) : IStreamHandler
{
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        LogHandling(connection.RemoteEndPoint is IPEndPoint client ? client.Address : connection.RemoteEndPoint);

        while (true)
        {
            // Wait first and rent the buffer then: ten thousand silent clients need no buffers. The stop of the daemon ends only this wait:
            // what was received is sent back.
            await connection.WaitForDataAsync(stopping);
            var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
            try
            {
                var received = await connection.ReceiveAsync(buffer, CancellationToken.None);
                if (received == 0)
                {
                    return;
                }

                await connection.SendAsync(buffer.AsMemory(0, received), CancellationToken.None);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Handling client {Client}")]
    private partial void LogHandling(object client);
}
