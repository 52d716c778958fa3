using NetSuperd.Platform;
using NetSuperd.Systems;
using NetSuperd.Windows.Calls;
using NetSuperd.Windows.Sockets;

namespace NetSuperd.Windows.Tests;

/// <summary>Accepted connections of Windows.</summary>
public sealed class WindowsStreamSocketTests() : StreamSocketSystemTests(WindowsSystem.Instance)
{
    [Fact]
    public unsafe void Handles_OfAListenerAndAConnection_AreNotInherited()
    {
        var listener = Listen();
        var (_, server) = Connect(listener);
        using var device = new KernelHandle(Kernel32.CreateIoCompletionPort(Kernel32.INVALID_HANDLE_VALUE, 0, 0, 1));
        foreach (var handle in (System.Runtime.InteropServices.SafeHandle[])[listener.SafeHandle, server, device])
        {
            uint flags;
            Assert.True(Kernel32.GetHandleInformation(handle, &flags));
            Assert.Equal(0u, flags & Kernel32.HANDLE_FLAG_INHERIT);
        }
    }

    [Fact]
    public async Task Receive_OfAllThatWasPeeked_KeepsNothing()
    {
        var (client, connection) = Connect();
        var server = (WindowsStreamSocket)connection;
        client.Send("abc"u8);
        await Waiting.UntilAsync(() => server.Peek(new byte[10]) is { Count: 3 }, "bytes come");
        Assert.True(server.HasKept);

        Assert.Equal(3, server.Receive(new byte[10]).Count);
        Assert.False(server.HasKept);
    }

    [Fact]
    public void Status_OfTheHeader_IsReadAtItsPlaces()
    {
        var info = new byte[WindowsTcpInfo.Size];
        info[0] = 7;
        BitConverter.TryWriteBytes(info.AsSpan(20), 1500u);
        BitConverter.TryWriteBytes(info.AsSpan(48), 5_000_000_000L);
        BitConverter.TryWriteBytes(info.AsSpan(56), 42L);
        BitConverter.TryWriteBytes(info.AsSpan(72), 3u);
        BitConverter.TryWriteBytes(info.AsSpan(80), 2u);
        info[84] = 1;

        var idle = TimeSpan.FromSeconds(9);
        Assert.Equal(
            new TcpInfo(8, TimeSpan.FromMicroseconds(1500), 6, 42, 5_000_000_000, idle), WindowsTcpInfo.From(info, idle));
        info[0] = 200;
        Assert.True(WindowsTcpInfo.From(info, idle).IsClosed);
    }

    [Fact(Skip = "Wine has no SIO_TCP_INFO", SkipType = typeof(Wine), SkipWhen = nameof(Wine.IsHere))]
    public void Status_OfAConnection_IsEstablished()
    {
        var (_, server) = Connect();

        Assert.Equal(1, server.Status()!.Value.State);
    }
}
