namespace NetSuperd.Native.Tests;

public sealed class PipeTests
{
    [Fact]
    public void Create_BothEnds_AreCloseOnExecAndOnlyTheReaderDoesNotBlock()
    {
        using var pipe = Pipe.Create();

        Assert.Equal(1, Libc.fcntl(pipe.Reader, Libc.F_GETFD, 0));
        Assert.Equal(1, Libc.fcntl(pipe.Writer, Libc.F_GETFD, 0));
        Assert.Equal(Libc.O_NONBLOCK, Libc.fcntl(pipe.Reader, Libc.F_GETFL, 0) & Libc.O_NONBLOCK);
        Assert.Equal(0, Libc.fcntl(pipe.Writer, Libc.F_GETFL, 0) & Libc.O_NONBLOCK);
    }

    [Fact]
    public void Read_WhatWasWritten_ComesInOrder()
    {
        using var pipe = Pipe.Create();
        Bytes.Write(pipe.Writer, "one two"u8);

        var buffer = new byte[4];
        Assert.Equal(4, pipe.Read(buffer));
        Assert.Equal("one "u8, buffer);
        Assert.Equal(3, pipe.Read(buffer));
        Assert.Equal("two"u8, buffer.AsSpan(0, 3));
    }

    [Fact]
    public void Read_Nothing_IsMinusOneAndTheEndIsZero()
    {
        using var pipe = Pipe.Create();

        Assert.Equal(-1, pipe.Read(new byte[1]));
        pipe.Writer.Dispose();
        Assert.Equal(0, pipe.Read(new byte[1]));
    }

    [Fact]
    public void Read_ADescriptorThatCannotBeRead_Throws()
    {
        using var pipe = Pipe.Create();
        pipe.Reader.Dispose();

        Assert.Throws<ObjectDisposedException>(() => pipe.Read(new byte[1]));
    }
}
