using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Systems;

/// <summary>Sockets of a system between which a test sends, closed at its end.</summary>
public abstract class SystemTests(ITestedSystem system) : IDisposable
{
    private readonly List<IDisposable> _open = [];

    /// <summary>The longest wait for what the system does by itself.</summary>
    protected static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected ITestedSystem System => system;

    public virtual void Dispose()
    {
        _open.ForEach(socket => socket.Dispose());
        GC.SuppressFinalize(this);
    }

    protected T Keep<T>(T socket)
        where T : IDisposable
    {
        _open.Add(socket);
        return socket;
    }

    protected Socket Listen(string address = "127.0.0.1")
    {
        var listener = Keep(system.Bind(IPAddress.Parse(address), SocketType.Stream));
        listener.Listen(4096);
        return listener;
    }

    protected (Socket Client, StreamSocket Server) Connect(string address = "127.0.0.1")
    {
        using var listener = Listen(address);
        return Connect(listener);
    }

    protected (Socket Client, StreamSocket Server) Connect(Socket listener)
    {
        var client = Keep(new Socket(listener.AddressFamily, SocketType.Stream, listener.ProtocolType));
        client.Connect(listener.LocalEndPoint!);
        StreamSocket? server;
        while ((server = system.Accept(listener)) is null)
        {
            Cancel.ThrowIfCancellationRequested();
        }

        return (client, Keep(server));
    }

    /// <summary>Ends a connection of a client with an RST.</summary>
    protected static void Reset(Socket client)
    {
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
    }
}
