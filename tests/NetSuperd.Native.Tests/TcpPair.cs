using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Native.Tests;

/// <summary>A TCP connection over the loopback.</summary>
internal sealed class TcpPair : IDisposable
{
    private TcpPair(Socket client, Socket server)
    {
        Client = client;
        Server = server;
    }

    public Socket Client { get; }

    public Socket Server { get; }

    public static async Task<TcpPair> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!).WaitAsync(TimeSpan.FromSeconds(10));
        return new TcpPair(client, await listener.AcceptAsync().WaitAsync(TimeSpan.FromSeconds(10)));
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
