using System.Net;
using System.Net.Sockets;

namespace NetSuperd.Native.Tests;

public sealed class DatagramMarkTests : IDisposable
{
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public DatagramMarkTests()
    {
        _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _client.Connect(_server.LocalEndPoint!);
    }

    public void Dispose()
    {
        _server.Dispose();
        _client.Dispose();
    }

    [Fact]
    public void First_AnEmptyQueue_IsNull() => Assert.Null(DatagramMark.First(_server.SafeHandle));

    [Fact]
    public void First_ADatagramThatStays_IsTheSameTwice()
    {
        _client.Send("hello"u8);
        var mark = DatagramMark.First(_server.SafeHandle)!;

        Assert.Equal((_client.LocalEndPoint, 5L), (mark.Sender, mark.Length));
        Assert.NotEqual(0, mark.Seconds);
        Assert.Equal(mark, DatagramMark.First(_server.SafeHandle));
        Assert.Equal("hello"u8, Read());
    }

    [Fact]
    public void First_AnotherDatagramJustLikeIt_IsAnother()
    {
        _client.Send("same"u8);
        _client.Send("same"u8);
        var first = DatagramMark.First(_server.SafeHandle);
        DatagramMark.Drop(_server.SafeHandle);

        Assert.NotEqual(first, DatagramMark.First(_server.SafeHandle));
        Assert.Equal("same"u8, Read());
        Assert.Null(DatagramMark.First(_server.SafeHandle));
    }

    [Fact]
    public void First_AnEmptyDatagram_IsThereAndCanBeDropped()
    {
        _client.Send(ReadOnlySpan<byte>.Empty);

        Assert.Equal(0, DatagramMark.First(_server.SafeHandle)!.Length);
        DatagramMark.Drop(_server.SafeHandle);
        Assert.Null(DatagramMark.First(_server.SafeHandle));
    }

    [Fact]
    public void First_AnySocket_IsLeftAsItWas()
    {
        _client.Send("x"u8);
        DatagramMark.First(_server.SafeHandle);

        Span<byte> option = stackalloc byte[sizeof(int)];
        _server.GetRawSocketOption(Libc.SOL_SOCKET, Libc.SO_TIMESTAMPNS, option);
        Assert.Equal(0, BitConverter.ToInt32(option));
        Assert.Equal(0, Libc.fcntl(_server.SafeHandle, Libc.F_GETFL, 0) & Libc.O_NONBLOCK);
    }

    [Fact]
    public void First_AUnixDatagram_HasAMarkToo()
    {
        var name = $"@netsuperd-{Guid.NewGuid():N}";
        using var server = UnixListener.Bind(name, SocketType.Dgram);
        using var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var end = new UnixDomainSocketEndPoint($"\0{name[1..]}");
        client.SendTo("one"u8, end);
        client.SendTo("one"u8, end);
        var first = DatagramMark.First(server.SafeHandle)!;

        Assert.Null(first.Sender);
        Assert.Equal(first, DatagramMark.First(server.SafeHandle));
        DatagramMark.Drop(server.SafeHandle);
        Assert.NotEqual(first, DatagramMark.First(server.SafeHandle));
    }

    private byte[] Read()
    {
        var buffer = new byte[100];
        return buffer[.._server.Receive(buffer)];
    }
}
