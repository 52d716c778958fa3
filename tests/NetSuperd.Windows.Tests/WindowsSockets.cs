using System.Net;
using System.Net.Sockets;
using NetSuperd.Windows.Sockets;

namespace NetSuperd.Windows.Tests;

/// <summary>Sockets of Windows between which a test sends, closed at its end.</summary>
public abstract class WindowsSockets : IDisposable
{
    private readonly List<IDisposable> _open = [];

    public virtual void Dispose()
    {
        _open.ForEach(socket => socket.Dispose());
        GC.SuppressFinalize(this);
    }

    private protected T Keep<T>(T socket)
        where T : IDisposable
    {
        _open.Add(socket);
        return socket;
    }

    private protected Socket Listen(string address = "127.0.0.1")
    {
        var listener = Keep(
            WindowsListener.Bind(new IPEndPoint(IPAddress.Parse(address), 0), SocketType.Stream, new WindowsListenOptions()));
        WindowsListener.Listen(listener, 4096);
        return listener;
    }

    private protected (Socket Client, WindowsStreamSocket Server) Connect(string address = "127.0.0.1")
    {
        using var listener = Listen(address);
        return Connect(listener);
    }

    private protected (Socket Client, WindowsStreamSocket Server) Connect(Socket listener)
    {
        var client = Keep(new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        client.Connect(listener.LocalEndPoint!);
        WindowsStreamSocket? server;
        while ((server = WindowsStreamSocket.Accept(listener.SafeHandle, listener.AddressFamily, out _)) is null)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }

        return (client, Keep(server));
    }

    private protected static void Reset(Socket client)
    {
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
    }
}
