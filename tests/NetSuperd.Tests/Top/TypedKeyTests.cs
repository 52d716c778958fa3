using System.Text;
using NetSuperd.Top;

namespace NetSuperd.Tests.Top;

public sealed class TypedKeyTests
{
    [Theory]
    [InlineData("q", KeyName.None, "q", 1)]
    [InlineData("äx", KeyName.None, "ä", 2)]
    [InlineData("\r", KeyName.Enter, "", 1)]
    [InlineData("\t", KeyName.Tab, "", 1)]
    [InlineData("\u007f", KeyName.Backspace, "", 1)]
    [InlineData("\u001b[A", KeyName.Up, "", 3)]
    [InlineData("\u001bOB", KeyName.Down, "", 3)]
    [InlineData("\u001b[1;5C", KeyName.Right, "", 6)]
    [InlineData("\u001b[5~", KeyName.PageUp, "", 4)]
    [InlineData("\u001b[6~", KeyName.PageDown, "", 4)]
    [InlineData("\u001b[1~", KeyName.Home, "", 4)]
    [InlineData("\u001b[F", KeyName.End, "", 3)]
    [InlineData("\u001b[15~", KeyName.None, "", 5)]
    [InlineData("\u001b[[A", KeyName.None, "", 4)]
    [InlineData("\u001bq", KeyName.Escape, "", 1)]
    [InlineData("\u0001", KeyName.None, "", 1)]
    public void Read_WhatATerminalSends_IsAKey(string sent, object key, string text, int length)
    {
        var (read, used) = TypedKey.Read(Encoding.UTF8.GetBytes(sent), isWhole: false);

        Assert.Equal(((KeyName)key, text, length), (read.Key, read.Text ?? "", used));
    }

    [Theory]
    [InlineData("\u001b", KeyName.Escape)]
    [InlineData("\u001b[", KeyName.None)]
    [InlineData("\u001b[1;", KeyName.None)]
    [InlineData("\u001bO", KeyName.None)]
    public void Read_BeginningOfASequence_WaitsForItsEnd(string sent, object alone)
    {
        var bytes = Encoding.UTF8.GetBytes(sent);

        Assert.Equal(0, TypedKey.Read(bytes, isWhole: false).Length);
        var (key, length) = TypedKey.Read(bytes, isWhole: true);
        Assert.Equal(((KeyName)alone, bytes.Length), (key.Key, length));
    }
}
