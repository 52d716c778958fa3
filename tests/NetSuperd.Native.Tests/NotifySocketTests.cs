using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace NetSuperd.Native.Tests;

/// <remarks>By themselves, because they change the environment of the process.</remarks>
[Collection(RunsAlone.Name)]
public sealed class NotifySocketTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("netsuperd-notify-");

    private string SocketPath => Path.Combine(_folder.FullName, "notify");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Send_AState_ArrivesByPathAndByName(bool isAbstract)
    {
        var name = isAbstract ? $"@netsuperd-{Guid.NewGuid():N}" : SocketPath;
        using var manager = UnixListener.Bind(name, SocketType.Dgram);
        using var socket = Open(name)!;

        Assert.True(socket.Send("READY=1\nSTATUS=läuft"));

        Assert.Equal("READY=1\nSTATUS=läuft", Receive(manager));
        Assert.Null(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));
        Assert.Null(NotifySocket.FromEnvironment());
    }

    [Fact]
    public void Send_Descriptors_ArriveAsTheSameOpenFiles()
    {
        using var manager = UnixListener.Bind(SocketPath, SocketType.Dgram);
        using var socket = Open(SocketPath)!;
        using var first = Pipe.Create();
        using var second = Pipe.Create();

        Assert.True(socket.Send("FDSTORE=1\nFDNAME=echo", [first.Writer, second.Writer, second.Writer]));

        var (text, received) = ReceiveDescriptors(manager);
        Assert.Equal("FDSTORE=1\nFDNAME=echo", text);
        Assert.Equal(3, received.Count);
        Bytes.Write(received[0], "a"u8);
        Bytes.Write(received[2], "bc"u8);
        Assert.Equal(1, first.Read(new byte[9]));
        Assert.Equal(2, second.Read(new byte[9]));
        received.ForEach(descriptor => descriptor.Dispose());
    }

    [Fact]
    public void Send_AManagerThatIsGone_IsNotSentUntilItIsBack()
    {
        var manager = UnixListener.Bind(SocketPath, SocketType.Dgram);
        using var socket = Open(SocketPath)!;
        manager.Dispose();
        Assert.False(socket.Send("READY=1"));
        File.Delete(SocketPath);
        Assert.False(socket.Send("READY=1"));

        using var again = UnixListener.Bind(SocketPath, SocketType.Dgram);
        Assert.True(socket.Send("WATCHDOG=1"));
        Assert.Equal("WATCHDOG=1", Receive(again));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("@")]
    [InlineData("vsock:2:1234")]
    [InlineData("relative/path")]
    [InlineData("/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/1234567")]
    public void FromEnvironment_NoNameOfASocket_IsNull(string? name) => Assert.Null(Open(name));

    [Fact]
    public void FromEnvironment_TheSocket_IsCloseOnExec()
    {
        var before = Sockets();
        using var socket = Open(SocketPath)!;

        Assert.Equal(1, Libc.fcntl(Assert.Single(Sockets().Except(before)), Libc.F_GETFD, 0));

        // The runtime opens files when it pleases.
        static int[] Sockets() => [.. Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Where(path => new FileInfo(path).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true)
            .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
    }

    [Theory]
    [InlineData("30000000", null, 30.0)]
    [InlineData("1", null, 0.000001)]
    [InlineData("500000", "own", 0.5)]
    [InlineData("500000", "1", null)]
    [InlineData("500000", "x", null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData("18446744073709551615", null, null)]
    [InlineData("9223372036854775807", null, null)]
    [InlineData("soon", "own", null)]
    [InlineData(null, "own", null)]
    public void TakeWatchdog_WhatTheVariablesSay_IsTheTimeOrNull(string? time, string? pid, double? seconds)
    {
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", time);
        Environment.SetEnvironmentVariable(
            "WATCHDOG_PID", pid == "own" ? Environment.ProcessId.ToString(CultureInfo.InvariantCulture) : pid);

        Assert.Equal(seconds, NotifySocket.TakeWatchdog()?.TotalSeconds);

        Assert.Null(Environment.GetEnvironmentVariable("WATCHDOG_USEC"));
        Assert.Null(Environment.GetEnvironmentVariable("WATCHDOG_PID"));
    }

    [Fact]
    public void MonotonicMicroseconds_BesideTheRuntimesClock_IsTheSame()
    {
        // The runtime's clock is the same one, in nanoseconds (clock_gettime(2), CLOCK_MONOTONIC).
        var before = Stopwatch.GetTimestamp() / 1000;
        var now = NotifySocket.MonotonicMicroseconds;
        var after = Stopwatch.GetTimestamp() / 1000;

        Assert.Equal(1_000_000_000, Stopwatch.Frequency);
        Assert.InRange(now, before, after);
    }

    private static NotifySocket? Open(string? name)
    {
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", name);
        return NotifySocket.FromEnvironment();
    }

    private static string Receive(Socket manager)
    {
        var buffer = new byte[1000];
        return Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer));
    }

    private static unsafe (string Text, List<Descriptor> Descriptors) ReceiveDescriptors(Socket manager)
    {
        byte* text = stackalloc byte[100], control = stackalloc byte[100];
        var part = new Libc.Part { iov_base = text, iov_len = 100 };
        var message = new Libc.MessageHeader { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = 100 };
        var length = (int)Libc.recvmsg(manager.SafeHandle, &message, Libc.MSG_CMSG_CLOEXEC);
        Assert.InRange(length, 1, 100);
        var header = MemoryMarshal.Read<Libc.ControlHeader>(new ReadOnlySpan<byte>(control, 100));
        Assert.Equal((Libc.SOL_SOCKET, Libc.SCM_RIGHTS), (header.cmsg_level, header.cmsg_type));
        var numbers = new ReadOnlySpan<int>(
            control + sizeof(Libc.ControlHeader), ((int)header.cmsg_len - sizeof(Libc.ControlHeader)) / sizeof(int));
        return (Encoding.UTF8.GetString(text, length), [.. numbers.ToArray().Select(fd => new Descriptor(fd))]);
    }
}
