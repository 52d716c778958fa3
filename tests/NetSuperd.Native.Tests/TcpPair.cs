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

    public static Task<TcpPair> ConnectAsync() => ConnectAsync(IPAddress.Loopback);

    public static async Task<TcpPair> ConnectAsync(IPAddress address)
    {
        using var listener = Listen(address);
        var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!).WaitAsync(TimeSpan.FromSeconds(30));
        return new TcpPair(client, await listener.AcceptAsync().WaitAsync(TimeSpan.FromSeconds(30)));
    }

    public static Socket Listen(IPAddress address)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        return listener;
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}
