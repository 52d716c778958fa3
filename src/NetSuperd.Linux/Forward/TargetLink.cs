using System.Net;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Serve.Tls;

namespace NetSuperd.Linux.Forward;

/// <summary>A connection to a target.</summary>
/// <param name="End">The address of the target.</param>
/// <param name="Socket">The connection itself.</param>
/// <param name="Encrypted">The same, encrypted; null: the bytes go as they are.</param>
internal sealed record TargetLink(EndPoint End, SocketConnection Socket, TlsConnection? Encrypted) : IAsyncDisposable
{
    /// <summary>What carries the bytes of the client.</summary>
    public StreamConnection Connection => Encrypted is null ? Socket : Encrypted;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Encrypted is not null)
        {
            await Encrypted.DisposeAsync().ConfigureAwait(false);
        }

        await Socket.DisposeAsync().ConfigureAwait(false);
    }
}
