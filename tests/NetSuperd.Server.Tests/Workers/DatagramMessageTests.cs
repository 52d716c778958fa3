using NetSuperd.Linux.Workers;

namespace NetSuperd.Server.Tests.Workers;

public sealed class DatagramMessageTests
{
    [Fact]
    public void TryRead_WhatWasAdded_ReturnsItInOrder()
    {
        var message = new DatagramMessage();
        Assert.True(message.IsEmpty);
        Assert.True(message.TryAdd(DatagramWord.Serve, 31, "data"u8, "sender"u8, "to"u8));
        Assert.True(message.TryAdd(DatagramWord.Served, 0));

        ReadOnlyMemory<byte> rest = message.Bytes.ToArray();
        Assert.True(DatagramMessage.TryRead(ref rest, out var first));
        Assert.Equal((DatagramWord.Serve, 31), (first.Word, first.Index));
        Assert.Equal(("data", "sender", "to"), (Text(first.Data), Text(first.Sender), Text(first.Local)));
        Assert.True(DatagramMessage.TryRead(ref rest, out var second));
        Assert.Equal((DatagramWord.Served, 0, ""), (second.Word, second.Index, Text(second.Data)));
        Assert.False(DatagramMessage.TryRead(ref rest, out _));
        Assert.True(rest.IsEmpty);
    }

    [Fact]
    public void TryAdd_TheLongestDatagram_FitsAloneAndLeavesNoRoom()
    {
        var message = new DatagramMessage();
        var data = new byte[IDatagramReply.MaxBytes];

        Assert.True(message.TryAdd(DatagramWord.Serve, 0, data, new byte[128], new byte[16]));
        Assert.False(message.TryAdd(DatagramWord.Serve, 1, new byte[1024]));
        message.Clear();
        Assert.True(message.TryAdd(DatagramWord.Serve, 1, new byte[1024]));
    }

    [Theory]
    [InlineData("02")]
    [InlineData("02000000FFFFFFFF")]
    [InlineData("02000000FFFFFF7F")]
    [InlineData("0200000001000000")]
    [InlineData("0200FF0001000000AA")]
    public void TryRead_WhatIsMalformed_LeavesIt(string bytes)
    {
        ReadOnlyMemory<byte> rest = Convert.FromHexString(bytes);

        Assert.False(DatagramMessage.TryRead(ref rest, out _));
        Assert.False(rest.IsEmpty);
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => System.Text.Encoding.ASCII.GetString(bytes.Span);
}
