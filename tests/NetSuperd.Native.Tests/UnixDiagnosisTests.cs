using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Systems;

namespace NetSuperd.Native.Tests;

/// <remarks>By themselves, because binding changes the mode mask of the process for a moment.</remarks>
[Collection(RunsAlone.Name)]
public sealed class UnixDiagnosisTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-diag-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_folder.FullName, "s.sock");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(SocketType.Stream)]
    [InlineData(SocketType.Dgram)]
    [InlineData(SocketType.Seqpacket)]
    public void FileOf_ABoundSocket_IsItsFileAndNoOther(SocketType type)
    {
        using var socket = UnixListener.Bind(SocketPath, type);
        var file = UnixDiagnosis.FileOf(socket.SafeHandle)!.Value;
        Assert.True(file.Is(FileStatus.Of(SocketPath)!));

        var moved = $"{SocketPath}.old";
        File.Move(SocketPath, moved);
        using var other = UnixListener.Bind(SocketPath, type);

        Assert.True(file.Is(FileStatus.Of(moved)!));
        Assert.False(file.Is(FileStatus.Of(SocketPath)!));
        Assert.Equal(file, UnixDiagnosis.FileOf(socket.SafeHandle));
        Assert.True(UnixDiagnosis.FileOf(other.SafeHandle)!.Value.Is(FileStatus.Of(SocketPath)!));
    }

    [Fact]
    public void FileOf_WhatHasNoFile_IsNull()
    {
        using var hidden = UnixListener.Bind($"@netsuperd-{Guid.NewGuid():N}", SocketType.Stream);
        using var tcp = TcpPair.Listen(System.Net.IPAddress.Loopback);
        using var pipe = Pipe.Create();

        Assert.Null(UnixDiagnosis.FileOf(hidden.SafeHandle));
        Assert.Null(UnixDiagnosis.FileOf(tcp.SafeHandle));
        Assert.Null(UnixDiagnosis.FileOf(pipe.Reader));
    }

    [Fact]
    public async Task Pending_Connections_AreThereUntilTheyAreAccepted()
    {
        using var listener = UnixListener.Bind(SocketPath, SocketType.Stream);
        listener.Listen();
        Assert.Equal(0, UnixDiagnosis.Pending(listener.SafeHandle)!.Count);
        using var first = await ConnectAsync();
        using var second = await ConnectAsync();

        var pending = UnixDiagnosis.Pending(listener.SafeHandle)!;
        Assert.Equal(2, pending.Count);
        Assert.Equal([Inode(first), Inode(second)], pending.Clients);

        using var accepted = await listener.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
        Assert.Equal([Inode(second)], UnixDiagnosis.Pending(listener.SafeHandle)!.Clients);

        // A client that has gone waits as well, and has no inode any more.
        second.Dispose();
        await Waiting.UntilAsync(() => UnixDiagnosis.Pending(listener.SafeHandle)!.Clients.Count == 0, "the client is closed");
        Assert.Equal(1, UnixDiagnosis.Pending(listener.SafeHandle)!.Count);
    }

    [Fact]
    public async Task Pending_MoreThanThereIsRoomFor_AreCounted()
    {
        const int Many = 3000;
        using var listener = UnixListener.Bind(SocketPath, SocketType.Stream);
        listener.Listen(Many);
        var clients = new List<Socket>();
        for (var i = 0; i < Many; i++)
        {
            clients.Add(await ConnectAsync());
        }

        var pending = UnixDiagnosis.Pending(listener.SafeHandle)!;

        Assert.Equal(Many, pending.Count);
        Assert.True(pending.Clients.Count is 0 or Many);
        clients.ForEach(client => client.Dispose());
    }

    private static uint Inode(Socket socket) => (uint)FileStatus.Of(socket.SafeHandle)!.Id.Inode;

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), Cancel).AsTask().WaitAsync(Patience, Cancel);
        return client;
    }
}
