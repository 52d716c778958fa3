using System.Net.Sockets;

namespace NetSuperd.Native.Tests;

/// <summary>A batch of datagrams, and the sockets between which they go.</summary>
public abstract class TestedDatagramBatch : IDisposable
{
    private readonly List<Socket> _sockets = [];

    private protected LinuxDatagramBatch Batch { get; } = new();

    public virtual void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        Batch.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected byte[] Take(Socket server, bool isUnix = false)
    {
        Arrival.AwaitOn(server);
        Assert.Null(Batch.Receive(server.SafeHandle, isUnix));
        Assert.Equal(1, Batch.Count);
        return Batch.Data(0).ToArray();
    }

    private protected static byte[] Hear(Socket client)
    {
        client.ReceiveTimeout = 30_000;
        var buffer = new byte[70_000];
        return buffer[..client.Receive(buffer)];
    }

    private protected Socket Keep(Socket socket)
    {
        _sockets.Add(socket);
        return socket;
    }
}
