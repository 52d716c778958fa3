using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>Sockets of vsock(7), where the kernel has them; where it has no way to connect to itself, no client can come.</summary>
public sealed class VsockTests
{
    private const uint AnyPort = Libc.VMADDR_PORT_ANY;

    private static bool IsThere => SocketDomain.Absence(Families.Vsock, SocketType.Stream, ProtocolType.Unspecified) is null;

    [Fact]
    public void Bind_EveryContext_ListensAndHasItsPort()
    {
        if (IsAbsent())
        {
            return;
        }

        using var socket = VsockListener.Bind(new VsockAddress(VsockAddress.EveryCid, AnyPort));
        socket.Listen();

        var local = VsockAddress.LocalOf(socket.SafeHandle)!.Value;
        Assert.Equal(VsockAddress.EveryCid, local.Cid);
        Assert.InRange(local.Port, VsockAddress.FirstFreePort, VsockAddress.MostPort);
        Assert.Equal((Families.Vsock, local), (socket.RealFamily, InheritedSocket.Describe(socket.SafeHandle)!.Vsock));
        Assert.Equal(Libc.FD_CLOEXEC, Libc.fcntl(socket.SafeHandle, Libc.F_GETFD, 0));
        Assert.Null(StreamListener.Accept(socket));
    }

    [Fact]
    public void Bind_APortThatIsTaken_IsInUseForEachContext()
    {
        if (IsAbsent())
        {
            return;
        }

        using var socket = VsockListener.Bind(new VsockAddress(VsockAddress.EveryCid, AnyPort));
        var port = VsockAddress.LocalOf(socket.SafeHandle)!.Value.Port;

        Assert.Equal(
            Errno.EADDRINUSE, Assert.Throws<CallException>(() => VsockListener.Bind(new VsockAddress(VsockAddress.EveryCid, port))).Errno);
        if (HasLoopback())
        {
            Assert.Equal(
                Errno.EADDRINUSE,
                Assert.Throws<CallException>(() => VsockListener.Bind(new VsockAddress(VsockAddress.LocalCid, port))).Errno);
        }
    }

    [Fact]
    public void Bind_AContextThatThisHostHasNot_IsNotAvailable()
    {
        if (IsAbsent())
        {
            return;
        }

        Assert.Equal(
            Errno.EADDRNOTAVAIL, Assert.Throws<CallException>(() => VsockListener.Bind(new VsockAddress(0, AnyPort))).Errno);
    }

    [Fact]
    public void Restore_TheBuffersThatAChildHasChanged_SetsThemBack()
    {
        if (IsAbsent())
        {
            return;
        }

        using var socket = VsockListener.Bind(new VsockAddress(VsockAddress.EveryCid, AnyPort));
        socket.Listen();
        var sound = SocketState.Of(socket);
        var size = BitConverter.GetBytes(131072L);
        SetBufferSize(socket, size);

        var (setBack, left) = SharedSocket.Restore(socket, isDatagram: false, 5, sound);

        Assert.Equal("SO_VM_SOCKETS_BUFFER_SIZE", Assert.Single(setBack));
        Assert.Empty(left);
        Assert.Empty(SharedSocket.Restore(socket, isDatagram: false, 5, sound).SetBack);
    }

    [Fact]
    public void Accept_AClientOfThisHost_HasBothEnds_OrThereIsNoSuchContext()
    {
        if (IsAbsent())
        {
            return;
        }

        if (!HasLoopback())
        {
            Assert.Equal(
                Errno.EADDRNOTAVAIL,
                Assert.Throws<CallException>(() => VsockListener.Bind(new VsockAddress(VsockAddress.LocalCid, AnyPort))).Errno);
            return;
        }

        using var socket = VsockListener.Bind(new VsockAddress(VsockAddress.EveryCid, AnyPort));
        socket.Listen();
        var port = VsockAddress.LocalOf(socket.SafeHandle)!.Value.Port;
        using var client = VsockListener.Create();
        Assert.Equal(0, Connect(client, new VsockAddress(VsockAddress.LocalCid, port)));

        using var server = StreamListener.Accept(socket)!;

        Assert.Equal(Families.Vsock, server.Family);
        Assert.Equal(new VsockAddress(VsockAddress.LocalCid, port), VsockAddress.LocalOf(server));
        Assert.Equal(VsockAddress.LocalCid, VsockAddress.PeerOf(server)!.Value.Cid);
        Assert.Null(server.Peer());
        Assert.Equal(4, server.Send("TEST"u8).Count);
    }

    [Fact]
    public void Receive_WithoutRoom_TellsWhetherBytesAreThere()
    {
        var ends = new int[2];
        unsafe
        {
            fixed (int* first = ends)
            {
                // Of packets, which a receive without room would take out of the queue, as it would tell nothing of vsock(7).
                Assert.Equal(0, Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, first));
            }
        }

        using var server = new LinuxStreamSocket(ends[0], Families.Vsock);
        using var client = new LinuxStreamSocket(ends[1], AddressFamily.Unix);
        Assert.True(server.Receive([]).MustWait);

        Assert.Equal(1, client.Send("x"u8).Count);
        Assert.Equal((0, false), (server.Receive([]).Count, server.Receive([]).MustWait));
        Assert.Equal(1, server.Receive(new byte[5]).Count);

        client.EndSending();
        Assert.Equal((0, false), (server.Receive([]).Count, server.Receive([]).MustWait));
    }

    [Fact]
    public void Read_WhatIsNoAddressOfVsock_IsNone()
    {
        Span<byte> bytes = stackalloc byte[Libc.SizeOfVsockAddress];
        new VsockAddress(3, 7001).Write(bytes);

        Assert.Equal(new VsockAddress(3, 7001), VsockAddress.Read(bytes));
        Assert.Null(VsockAddress.Read(bytes[..^1]));
        Assert.Null(SocketName.EndPoint(bytes));
        MemoryMarshal.Write(bytes, (ushort)Libc.AF_INET);
        Assert.Null(VsockAddress.Read(bytes));
        new VsockAddress(3, AnyPort).Write(bytes);
        Assert.Null(VsockAddress.Read(bytes));
    }

    /// <summary>Whether the kernel has no such sockets; then a try says so.</summary>
    private static bool IsAbsent()
    {
        if (IsThere)
        {
            return false;
        }

        Assert.Equal("socket", Assert.Throws<CallException>(VsockListener.Create).Call);
        return true;
    }

    private static bool HasLoopback()
    {
        try
        {
            VsockListener.Bind(new VsockAddress(VsockAddress.LocalCid, AnyPort)).Dispose();
            return true;
        }
        catch (CallException)
        {
            return false;
        }
    }

    private static unsafe void SetBufferSize(Socket socket, byte[] size)
    {
        fixed (byte* value = size)
        {
            Assert.Equal(0, Libc.setsockopt(
                socket.SafeHandle, Libc.AF_VSOCK, Libc.SO_VM_SOCKETS_BUFFER_SIZE, value, (uint)size.Length));
        }
    }

    private static unsafe int Connect(Socket socket, VsockAddress to)
    {
        var name = stackalloc byte[Libc.SizeOfVsockAddress];
        to.Write(new Span<byte>(name, Libc.SizeOfVsockAddress));
        return Libc.connect(socket.SafeHandle, name, Libc.SizeOfVsockAddress);
    }
}
