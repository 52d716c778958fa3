using System.Net;
using System.Net.Sockets;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

/// <remarks>By themselves, because binding changes the mode mask of the process for a moment.</remarks>
[Collection(RunsAlone.Name)]
public sealed class InheritedSocketTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-inherited-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("127.0.0.1", SocketType.Stream, ProtocolType.Tcp, true)]
    [InlineData("127.0.0.1", SocketType.Stream, ProtocolType.Tcp, false)]
    [InlineData("0.0.0.0", SocketType.Dgram, ProtocolType.Udp, false)]
    [InlineData("::1", SocketType.Stream, ProtocolType.Tcp, true)]
    [InlineData("::", SocketType.Dgram, ProtocolType.Udp, false)]
    public void Describe_AnIPSocket_HasItsAddress(string address, SocketType type, ProtocolType protocol, bool listens)
    {
        var ip = IPAddress.Parse(address);
        using var socket = new Socket(ip.AddressFamily, type, protocol);
        socket.Bind(new IPEndPoint(ip, 0));
        if (listens)
        {
            socket.Listen();
        }

        var kind = InheritedSocket.Describe(socket.SafeHandle)!;

        Assert.Equal(
            new SocketKind(ip.AddressFamily, type, socket.ProtocolType, (IPEndPoint)socket.LocalEndPoint!, null, null, kind.IsIPv6Only),
            kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Describe_AnIPv6Socket_SaysWhetherItTakesIPv4(bool only)
    {
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = !only };

        Assert.Equal(only, InheritedSocket.Describe(socket.SafeHandle)!.IsIPv6Only);
    }

    [Theory]
    [InlineData(SocketType.Stream, true)]
    [InlineData(SocketType.Seqpacket, true)]
    [InlineData(SocketType.Dgram, false)]
    public void Describe_AUnixSocket_HasItsName(SocketType type, bool listens)
    {
        var path = Path.Combine(_folder.FullName, "s.sock");
        var name = $"@netsuperd-{Guid.NewGuid():N}";
        using var socket = UnixListener.Bind(path, type);
        using var hidden = UnixListener.Bind(name, type);
        if (listens)
        {
            socket.Listen();
        }

        Assert.Equal(
            new SocketKind(AddressFamily.Unix, type, ProtocolType.Unspecified, null, null, path, false),
            InheritedSocket.Describe(socket.SafeHandle));
        Assert.Equal(name, InheritedSocket.Describe(hidden.SafeHandle)!.Path);
    }

    [Fact]
    public void Describe_ASocketWithoutAName_HasNone()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        Assert.Null(InheritedSocket.Describe(socket.SafeHandle)!.Path);
    }

    [Fact]
    public void Describe_ALongPath_IsWhole()
    {
        var path = Path.Combine(_folder.FullName, "").PadRight(Libc.SizeOfUnixPath - 1, 'x');
        using var socket = UnixListener.Bind(path, SocketType.Stream);

        Assert.Equal(path, InheritedSocket.Describe(socket.SafeHandle)!.Path);
    }

    [Fact]
    public void Describe_WhatIsNoSocket_IsNull()
    {
        using var pipe = Pipe.Create();

        Assert.Null(InheritedSocket.Describe(pipe.Reader));
    }

    [Fact]
    public async Task Open_ACopyOfAListener_AcceptsAndLeavesThePath()
    {
        var path = Path.Combine(_folder.FullName, "s.sock");
        using var listener = UnixListener.Bind(path, SocketType.Stream);
        listener.Listen();
        using var copy = Descriptor.Duplicate(listener.SafeHandle);
        listener.Dispose();

        var file = OpenDescriptors.FileOf(copy);
        using (var opened = InheritedSocket.Open(copy))
        {
            copy.Dispose();
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(new UnixDomainSocketEndPoint(path), Cancel).AsTask().WaitAsync(Patience, Cancel);
            using var accepted = await opened.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
            Assert.Equal(1, Libc.fcntl(opened.SafeHandle, Libc.F_GETFD, 0));
        }

        // The runtime closes it when its own thread no longer looks at it.
        await Waiting.UntilAsync(() => OpenDescriptors.CountOf(file) == 0, "the socket is closed");
        Assert.True(File.Exists(path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_ASocketThatOthersShare_LeavesItBlockingOrNot(bool blocking)
    {
        using var shared = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = blocking };
        using var opened = InheritedSocket.Open(Descriptor.Duplicate(shared.SafeHandle));

        Assert.Equal(blocking, opened.Blocking);
        Assert.Equal(blocking, (Libc.fcntl(shared.SafeHandle, Libc.F_GETFL, 0) & Libc.O_NONBLOCK) == 0);
    }

    [Fact]
    public void Open_WhatIsNoSocket_ThrowsAndLeavesItOpen()
    {
        using var pipe = Pipe.Create();

        Assert.Throws<ArgumentException>(() => InheritedSocket.Open(pipe.Reader));

        Bytes.Write(pipe.Writer, "x"u8);
        Assert.Equal(1, pipe.Read(new byte[2]));
    }
}
