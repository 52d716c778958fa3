using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Server.Tests;

/// <summary>Two connected sockets: the client's, and the one that the daemon accepted.</summary>
internal sealed class SocketPair : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private SocketPair(Socket client, StreamSocket server)
    {
        Client = client;
        Server = server;
    }

    public Socket Client { get; }

    public StreamSocket Server { get; }

    public static Task<SocketPair> TcpAsync() =>
        ConnectAsync(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), new IPEndPoint(IPAddress.Loopback, 0));

    public static Task<SocketPair> UnixAsync() => ConnectAsync(
        new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
        new UnixDomainSocketEndPoint($"\0netsuperd-{Guid.NewGuid():N}"));

    /// <summary>What the client receives until the end of transmission.</summary>
    public async Task<byte[]> ReceiveToEndAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        var received = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await Client.ReceiveAsync(buffer, SocketFlags.None, limit.Token)) > 0)
        {
            received.Write(buffer, 0, count);
        }

        return received.ToArray();
    }

    /// <summary>The same as text.</summary>
    public async Task<string> ReceiveTextAsync() => System.Text.Encoding.UTF8.GetString(await ReceiveToEndAsync());

    /// <summary>Sends as the client.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var limit = new CancellationTokenSource(Patience);
        _ = await Client.SendAsync(bytes, SocketFlags.None, limit.Token);
    }

    /// <summary>Ends the client with RST.</summary>
    public void ResetByClient()
    {
        Client.LingerState = new LingerOption(true, 0);
        Client.Dispose();
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }

    private static async Task<SocketPair> ConnectAsync(Socket listener, EndPoint address)
    {
        using (listener)
        {
            using var limit = new CancellationTokenSource(Patience);
            listener.Bind(address);
            listener.Listen();
            var client = new Socket(listener.AddressFamily, SocketType.Stream, listener.ProtocolType);
            await client.ConnectAsync(listener.LocalEndPoint!, limit.Token);
            StreamSocket? server;
            while ((server = StreamListener.Accept(listener)) is null)
            {
                limit.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }

            return new SocketPair(client, server);
        }
    }
}
