using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class SealedFileTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(10_000_000)]
    public void Read_OfWhatWasWritten_IsTheSameAsOftenAsItIsRead(int length)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);
        using var file = SealedFile.Create(content);
        using var other = Descriptor.Duplicate(file);

        Assert.Equal(content, SealedFile.Read(file));
        Assert.Equal(content, SealedFile.Read(other));
    }

    [Fact]
    public void Read_OfASocket_IsAFailure()
    {
        using var pair = SocketPair.Create();

        Assert.ThrowsAny<Exception>(() => SealedFile.Read(pair.Other));
    }

    [Fact]
    public void Rights_SentWithBytes_ArriveWithThem()
    {
        using var pair = SocketPair.Create();
        using var there = InheritedSocket.Open(pair.Other);
        using var process = ProcessHandle.Open(Environment.ProcessId)!;
        Assert.Equal(3, SocketRights.Send(pair.Own, "abc"u8, process.End));
        Assert.Equal(2, SocketRights.Send(pair.Own, "de"u8, process.End));

        var bytes = new byte[10];
        var (count, descriptor) = SocketRights.Receive(there, bytes);
        using (descriptor)
        {
            Assert.Equal("abc", System.Text.Encoding.ASCII.GetString(bytes, 0, count));
            Assert.False(ProcessEnd.HasCome(ProcessHandle.Passed(Assert.IsType<Descriptor>(descriptor))));
        }

        // A plain call gets the bytes, and the kernel closes the descriptor.
        Assert.Equal(2, there.Receive(bytes, SocketFlags.None));
        Assert.Equal(Errno.EAGAIN, Assert.Throws<CallException>(() => SocketRights.Receive(there, bytes)).Errno);
    }
}
