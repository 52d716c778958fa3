using System.Net.Sockets;

namespace NetSuperd.Native.Tests;

public sealed class SocketPairTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Create_TwoEnds_SpeakToEachOther()
    {
        using var pair = SocketPair.Create();
        Assert.Equal(1, Libc.fcntl(pair.Own.SafeHandle, Libc.F_GETFD, 0));
        Assert.Equal(1, Libc.fcntl(pair.Other, Libc.F_GETFD, 0));
        using var other = InheritedSocket.Open(pair.Other);
        var buffer = new byte[10];

        await pair.Own.SendAsync("ping"u8.ToArray(), Cancel);
        Assert.Equal(4, await other.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel));
        await other.SendAsync("pong!"u8.ToArray(), Cancel);
        Assert.Equal(5, await pair.Own.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel));
        Assert.Equal("pong!"u8, buffer.AsSpan(0, 5));

        other.Dispose();
        Assert.Equal(0, await pair.Own.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel));
    }

    [Fact]
    public async Task Other_InAChild_SpeaksToUs()
    {
        using var pair = SocketPair.Create();
        using var output = Pipe.Create();
        using var child = ChildProcess.Start(
            Spawned.Shell("read line; echo \"got $line\"") with { Descriptors = [pair.Other, pair.Other, output.Writer] });
        pair.Other.Dispose();

        await pair.Own.SendAsync("this\n"u8.ToArray(), Cancel);
        using var reader = new StreamReader(new NetworkStream(pair.Own));
        Assert.Equal("got this\n", await reader.ReadToEndAsync(Cancel).WaitAsync(Patience, Cancel));
        Assert.Equal(0, Spawned.Reap(child).Status);
    }
}
