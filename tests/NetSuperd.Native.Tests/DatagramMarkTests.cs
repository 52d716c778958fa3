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
        Send("hello"u8);
        var mark = DatagramMark.First(_server.SafeHandle)!;

        Assert.Equal((_client.LocalEndPoint, 5L), (mark.Sender, mark.Length));
        Assert.NotEqual(0, mark.Seconds);
        Assert.Equal(mark, DatagramMark.First(_server.SafeHandle));
        Assert.Equal("hello"u8, Read());
    }

    [Fact]
    public void First_AnotherDatagramJustLikeIt_IsAnother()
    {
        Send("same"u8);
        Send("same"u8);
        var first = DatagramMark.First(_server.SafeHandle);
        DatagramMark.Drop(_server.SafeHandle);
        Arrival.AwaitOn(_server);

        Assert.NotEqual(first, DatagramMark.First(_server.SafeHandle));
        Assert.Equal("same"u8, Read());
        Assert.Null(DatagramMark.First(_server.SafeHandle));
    }

    [Fact]
    public void First_AnEmptyDatagram_IsThereAndCanBeDropped()
    {
        Send(ReadOnlySpan<byte>.Empty);

        Assert.Equal(0, DatagramMark.First(_server.SafeHandle)!.Length);
        DatagramMark.Drop(_server.SafeHandle);
        Assert.Null(DatagramMark.First(_server.SafeHandle));
    }

    [Fact]
    public void First_AnySocket_IsNotChanged()
    {
        Send("x"u8);
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

    [Fact]
    public void First_DescriptorsSentAlong_AreNotTaken()
    {
        var name = $"@netsuperd-{Guid.NewGuid():N}";
        using var server = UnixListener.Bind(name, SocketType.Dgram);
        var file = Path.GetTempFileName();
        var sent = CProgram.Run($$"""
            #define _GNU_SOURCE
            #include <fcntl.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <sys/un.h>

            int main(void)
            {
                struct sockaddr_un to = { .sun_family = AF_UNIX };
                char control[CMSG_SPACE(4 * sizeof(int))] = { 0 }, data = 'x';
                struct iovec part = { &data, 1 };
                struct msghdr message = {
                    .msg_name = &to, .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control,
                };
                struct cmsghdr *header = CMSG_FIRSTHDR(&message);

                strcpy(to.sun_path + 1, "{{name[1..]}}");
                message.msg_namelen = sizeof to.sun_family + {{name.Length}};
                header->cmsg_level = SOL_SOCKET;
                header->cmsg_type = SCM_RIGHTS;
                header->cmsg_len = CMSG_LEN(4 * sizeof(int));
                for (int i = 0; i < 4; i++)
                    ((int *)CMSG_DATA(header))[i] = open("{{file}}", O_RDONLY);
                printf("%zd\n", sendmsg(socket(AF_UNIX, SOCK_DGRAM, 0), &message, 0));
                return 0;
            }
            """);
        Assert.Equal(["1"], sent);

        var first = DatagramMark.First(server.SafeHandle)!;

        Assert.NotEqual(0, first.Seconds);
        Assert.Equal(0, OpenDescriptors.CountOf(file));
        File.Delete(file);
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        _client.Send(bytes);
        Arrival.AwaitOn(_server);
    }

    private byte[] Read()
    {
        var buffer = new byte[100];
        return buffer[.._server.Receive(buffer)];
    }
}
