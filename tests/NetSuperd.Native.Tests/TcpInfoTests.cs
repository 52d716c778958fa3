using System.Net.Sockets;

namespace NetSuperd.Native.Tests;

public sealed class TcpInfoTests
{
    [Fact]
    public async Task Of_AConnection_HasStateAndRoundTripTime()
    {
        const int Established = 1, CloseWait = 8;
        using var pair = await TcpPair.ConnectAsync();

        var open = TcpInfoReader.Of(pair.Server.SafeHandle)!.Value;
        Assert.Equal((Established, 0L), (open.State, open.Retransmits));
        Assert.InRange(open.RoundTripTime, TimeSpan.FromMicroseconds(1), TimeSpan.FromSeconds(5));

        pair.Client.Shutdown(SocketShutdown.Send);
        await pair.Server.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(CloseWait, TcpInfoReader.Of(pair.Server.SafeHandle)!.Value.State);
    }

    [Fact]
    public async Task Of_WhatIsNoTcpConnection_IsNull()
    {
        using var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Assert.Null(TcpInfoReader.Of(unix.SafeHandle));

        var pair = await TcpPair.ConnectAsync();
        pair.Dispose();
        Assert.Null(TcpInfoReader.Of(pair.Server.SafeHandle));
    }
}
