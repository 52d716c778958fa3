using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <remarks>By themselves, because binding changes the mode mask of the process for a moment.</remarks>
[Collection(RunsAlone.Name)]
public sealed class UnixListenerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-unix-");

    private string SocketPath => Path.Combine(_folder.FullName, "s.sock");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Bind_APath_IsPrivateAtBirthAndTheMaskIsTheOld()
    {
        var mask = Umask();
        using var socket = UnixListener.Bind(SocketPath, SocketType.Stream);
        var status = FileStatus.Of(SocketPath)!;

        Assert.Equal(FileType.Socket, status.Type);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, status.Mode);
        Assert.Equal(mask, Umask());
        Assert.Equal(1, Libc.fcntl(socket.SafeHandle, Libc.F_GETFD, 0));
    }

    [Fact]
    public async Task Bind_TheLongestAbstractName_IsFoundByIt()
    {
        var name = $"{Guid.NewGuid():N}".PadRight(107, 'a');
        using var socket = UnixListener.Bind($"@{name}", SocketType.Stream);
        socket.Listen();

        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint($"\0{name}"), Cancel).AsTask().WaitAsync(Patience, Cancel);

        Assert.True(UnixListener.IsServed($"@{name}", SocketType.Stream));
        Assert.Throws<ArgumentException>(() => UnixListener.Bind($"@{name}a", SocketType.Stream));
    }

    [Fact]
    public async Task Bind_APath_ServesAndStaysWhenDisposed()
    {
        using var socket = UnixListener.Bind(SocketPath, SocketType.Stream);
        socket.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), Cancel).AsTask().WaitAsync(Patience, Cancel);
        using var accepted = await socket.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
        socket.Dispose();

        Assert.True(File.Exists(SocketPath));
    }

    [Fact]
    public async Task Accept_AClient_ReturnsItAndNullWhereNoneWaits()
    {
        using var socket = UnixListener.Bind(SocketPath, SocketType.Stream);
        socket.Listen();
        Assert.Null(StreamListener.Accept(socket));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), Cancel).AsTask().WaitAsync(Patience, Cancel);

        using var accepted = StreamListener.Accept(socket)!;

        Assert.Equal(1, Libc.fcntl(accepted, Libc.F_GETFD, 0));
        Assert.Equal(0, Libc.fcntl(accepted, Libc.F_GETFL, 0) & Libc.O_NONBLOCK);
        Assert.Null(StreamListener.Accept(socket));
    }

    [Fact]
    public async Task Accept_AListenerThatAnotherHasMadeBlocking_DoesNotWait()
    {
        using var socket = UnixListener.Bind(SocketPath, SocketType.Stream);
        socket.Listen();
        Assert.Null(StreamListener.Accept(socket));
        SharedSocket.Block(socket);

        Assert.Null(await Task.Run(() => StreamListener.Accept(socket), Cancel).WaitAsync(Patience, Cancel));
    }

    [Fact]
    public void Accept_WhatDoesNotListen_ThrowsTheErrno()
    {
        using var socket = UnixListener.Bind(SocketPath, SocketType.Stream);

        Assert.Equal(Errno.EINVAL, Assert.Throws<CallException>(() => StreamListener.Accept(socket)).Errno);
    }

    [Theory]
    [InlineData(SocketType.Stream)]
    [InlineData(SocketType.Seqpacket)]
    [InlineData(SocketType.Dgram)]
    public void Bind_AnAbstractName_MakesNoFile(SocketType type)
    {
        var name = $"@netsuperd-{Guid.NewGuid():N}";
        using var socket = UnixListener.Bind(name, type);
        if (type != SocketType.Dgram)
        {
            socket.Listen();
        }

        Assert.Contains(File.ReadLines("/proc/net/unix"), line => line.EndsWith($" {name}", StringComparison.Ordinal));
        Assert.True(UnixListener.IsServed(name, type));
        Assert.False(File.Exists(name));
    }

    [Fact]
    public void Bind_ATakenPath_NamesCallPathAndReason()
    {
        using var first = UnixListener.Bind(SocketPath, SocketType.Stream);

        var failure = Assert.Throws<CallException>(() => UnixListener.Bind(SocketPath, SocketType.Stream));
        Assert.Equal(("bind", SocketPath, Errno.EADDRINUSE), (failure.Call, failure.Argument, failure.Errno));
    }

    [Fact]
    public void Bind_APathOf107Bytes_FitsAndOneMoreIsTooLong()
    {
        var longest = _folder.FullName + "/" + new string('x', 107 - _folder.FullName.Length - 1);
        var mask = Umask();

        using var socket = UnixListener.Bind(longest, SocketType.Stream);
        Assert.True(File.Exists(longest));
        Assert.Throws<ArgumentException>(() => UnixListener.Bind(longest + "x", SocketType.Stream));

        // Two bytes each in UTF-8.
        Assert.Throws<ArgumentException>(() => UnixListener.Bind("/" + new string('ü', 54), SocketType.Stream));
        Assert.Equal(mask, Umask());
    }

    [Fact]
    public void IsServed_ALiveSocket_IsTrueUntilItsProcessIsGone()
    {
        using var socket = UnixListener.Bind(SocketPath, SocketType.Stream);
        socket.Listen();

        Assert.True(IsServed(SocketType.Stream));
        Assert.True(IsServed(SocketType.Seqpacket));
        socket.Dispose();
        Assert.True(File.Exists(SocketPath));
        Assert.False(IsServed(SocketType.Stream));
    }

    [Fact]
    public async Task IsServed_AFullBacklog_IsTrue()
    {
        using var socket = UnixListener.Bind(SocketPath, SocketType.Stream);
        socket.Listen(0);
        using var queued = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        queued.Connect(new UnixDomainSocketEndPoint(SocketPath));

        // connect(2) waits for a place in the backlog, and with it the start of the daemon would.
        Assert.True(await Task.Run(() => IsServed(SocketType.Stream), Cancel).WaitAsync(Patience, Cancel));
    }

    [Fact]
    public void IsServed_ARegularFile_IsFalse()
    {
        File.WriteAllText(SocketPath, "");

        Assert.False(IsServed(SocketType.Stream));
    }

    [Fact]
    public void SetSocketAccess_OwnerGroupAndMode_AreSet()
    {
        using var socket = UnixListener.Bind(SocketPath, SocketType.Stream);
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        Assert.SkipUnless(ProcessIdentity.EffectiveUserId == 0, "only root may give a file away");
        using var file = PathHandles.Find(SocketPath);

        file.SetSocketAccess(12345, null, mode);
        Assert.Equal(
            (12345u, 0u, mode), (FileStatus.Of(SocketPath)!.UserId, FileStatus.Of(SocketPath)!.GroupId, FileStatus.Of(SocketPath)!.Mode));
        file.SetSocketAccess(null, 54321, mode);
        Assert.Equal((12345u, 54321u), (FileStatus.Of(SocketPath)!.UserId, FileStatus.Of(SocketPath)!.GroupId));
    }

    private bool IsServed(SocketType type)
    {
        using var file = PathHandles.Find(SocketPath);
        return UnixListener.IsServed(file, type);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Umask() =>
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith("Umask:", StringComparison.Ordinal));
}
