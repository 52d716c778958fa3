using System.Net;
using System.Net.Sockets;
using System.Text;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

/// <summary>Datagrams of Unix sockets: names, descriptors that come along, and queues that are full.</summary>
public sealed class UnixDatagramBatchTests() : TestedBatch(LinuxSystem.Instance)
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netsuperd-").FullName;

    public override void Dispose()
    {
        base.Dispose();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Answer_ThatTheSystemDoesNotTake_AffectsNoOtherClient()
    {
        var server = Unix("server");
        var full = Unix("full");
        var other = Unix("other");
        full.SendTo("1"u8, server.LocalEndPoint!);
        other.SendTo("2"u8, server.LocalEndPoint!);
        _ = Batch.Receive(server.SafeHandle, isUnix: true);

        // No process reads: the queue of a socket that is not connected has an end (unix(7), max_dgram_qlen).
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(Batch.TryAnswer(0, "to full"u8));
        }

        Assert.True(Batch.TryAnswer(1, "to other"u8));
        Batch.Send();
        Assert.Equal(1001, Batch.Sent + Batch.Unsent);
        Assert.InRange(Batch.Unsent, 1, 999);
        Assert.Equal("to other"u8, Hear(other));
    }

    [Fact]
    public void Receive_FromAUnixSocketWithoutName_CannotBeAnswered()
    {
        var server = Unix("server");
        using var client = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        client.Connect(server.LocalEndPoint!);
        client.Send("x"u8);

        Assert.Equal("x"u8, Take(server, isUnix: true));
        Assert.Null(Batch.Remote(0));
        Assert.Equal(AddressFamily.Unix, Batch.Arrival(0).Family);
        Assert.False(Batch.TryAnswer(0, "y"u8));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Answer_ToANameThatIsNoText_ArrivesAndTheNameIsReported(bool isPath)
    {
        // As long as a path can be, without a NUL, or bytes that are no UTF-8.
        var name = isPath
            ? Encoding.UTF8.GetBytes(Path.Combine(_folder, "x").PadRight(Libc.SizeOfUnixPath, 'x'))
            : [0, .. Enumerable.Repeat((byte)0xFF, Libc.SizeOfUnixPath - 1)];
        var server = Unix("server");
        var client = Keep(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified));
        client.Bind(new RawName(name));
        client.SendTo("x"u8, server.LocalEndPoint!);

        Assert.Equal("x"u8, Take(server, isUnix: true));
        Assert.Equal(name, Batch.Remote(0)!.Serialize().Buffer[sizeof(ushort)..(sizeof(ushort) + name.Length)].ToArray());
        Assert.True(Batch.TryAnswer(0, "y"u8));
        Batch.Send();
        Assert.Equal("y"u8, Hear(client));
    }

    [Fact]
    public void Receive_ADatagramLongerThanTheRoom_IsMarkedAndTheNextIsWhole()
    {
        var server = Unix("server");
        var client = UnixClient("client");
        client.SendBufferSize = 1 << 20;
        client.Send(new byte[65_537]);
        client.Send(new byte[65_536]);
        _ = Batch.Receive(server.SafeHandle, isUnix: true);

        Assert.Equal([true, false], Enumerable.Range(0, Batch.Count).Select(Batch.IsTruncated));
        Assert.Equal(65_536, Batch.Data(1).Length);
    }

    [Fact]
    public unsafe void Receive_DescriptorsThatComeAlong_AreNotInstalled()
    {
        var server = Unix("server");
        var client = UnixClient("client");
        var sent = OpenDescriptors.FileOf(client.SafeHandle);
        var control = stackalloc byte[24];
        for (var i = 0; i < 5; i++)
        {
            var header = (Libc.ControlHeader*)control;
            *header = new Libc.ControlHeader { cmsg_len = 20, cmsg_level = Libc.SOL_SOCKET, cmsg_type = Libc.SCM_RIGHTS };
            *(int*)(header + 1) = (int)client.Handle;
            byte x = 1;
            var part = new Libc.Part { iov_base = &x, iov_len = 1 };
            var message = new Libc.MessageHeader { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = 24 };
            Assert.Equal(1, Libc.sendmsg(client.SafeHandle, &message, 0));
        }

        _ = Batch.Receive(server.SafeHandle, isUnix: true);
        Assert.Equal(5, Batch.Count);
        Assert.Equal(1, OpenDescriptors.CountOf(sent));
    }

    private Socket Unix(string name)
    {
        var socket = Keep(new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified));
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, name)));
        return socket;
    }

    private Socket UnixClient(string name)
    {
        var client = Unix(name);
        client.Connect(new UnixDomainSocketEndPoint(Path.Combine(_folder, "server")));
        return client;
    }

    /// <summary>The name of a unix socket, byte by byte.</summary>
    private sealed class RawName(byte[] name) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Unix;

        public override SocketAddress Serialize()
        {
            var address = new SocketAddress(AddressFamily.Unix, sizeof(ushort) + name.Length);
            name.CopyTo(address.Buffer[sizeof(ushort)..]);
            return address;
        }
    }
}
