using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Systems;

/// <summary>A batch of datagrams, and the sockets between which they go.</summary>
public abstract class TestedBatch : SystemTests
{
    protected TestedBatch(ITestedSystem system)
        : base(system) => Batch = Keep(system.CreateBatch());

    protected DatagramBatch Batch { get; }

    protected byte[] Take(Socket server, bool isUnix = false)
    {
        AwaitOn(server);
        Assert.Null(Batch.Receive(server.SafeHandle, isUnix));
        Assert.Equal(1, Batch.Count);
        return Batch.Data(0).ToArray();
    }

    protected static byte[] Hear(Socket client)
    {
        client.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        var buffer = new byte[70_000];
        return buffer[..client.Receive(buffer)];
    }

    /// <summary>Waits until something can be read: a busy system delivers a packet after the call that has sent it.</summary>
    protected static void AwaitOn(Socket socket) => Assert.True(socket.Poll(Patience, SelectMode.SelectRead), "something arrives");
}
