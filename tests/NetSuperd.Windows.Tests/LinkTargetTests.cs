using System.Buffers.Binary;
using System.Text;
using NetSuperd.Windows.Files;

namespace NetSuperd.Windows.Tests;

public sealed class LinkTargetTests
{
    private const uint Junction = 0xA0000003;
    private const uint SymbolicLink = 0xA000000C;
    private const uint Cloud = 0x9000001A;

    [Theory]
    [InlineData(Junction, 0, @"\??\C:\data", @"\\?\C:\data")]
    [InlineData(Junction, 0, @"\??\Volume{6c0a1f2e-0000-0000-0000-100000000000}\", @"\\?\Volume{6c0a1f2e-0000-0000-0000-100000000000}\")]
    [InlineData(SymbolicLink, 0, @"\??\D:\x", @"\\?\D:\x")]
    [InlineData(SymbolicLink, 0, @"\??\UNC\server\share\x", @"\\?\UNC\server\share\x")]
    [InlineData(SymbolicLink, 1, @"..\x", @"C:\links\..\x")]
    [InlineData(SymbolicLink, 1, "x", @"C:\links\x")]
    [InlineData(SymbolicLink, 1, @"\x", @"C:\\x")]
    [InlineData(SymbolicLink, 0, @"\Device\HarddiskVolume1\x", null)]
    [InlineData(SymbolicLink, 0, "", null)]
    [InlineData(SymbolicLink, 1, "x\0y", null)]
    [InlineData(Cloud, 0, @"\??\C:\data", null)]
    public void Of_TheDataOfALink_IsWhereItLeads(uint tag, uint flags, string name, string? expected) =>
        Assert.Equal(expected, LinkTarget.Of(Data(tag, flags, name), @"C:\links"));

    [Fact]
    public void Of_DataThatAreCutOrWrong_IsNothing()
    {
        var data = Data(SymbolicLink, 0, @"\??\C:\data");
        for (var length = 0; length < data.Length; length++)
        {
            Assert.Null(LinkTarget.Of(data.AsSpan(0, length), @"C:\links"));
        }

        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(8), ushort.MaxValue);
        Assert.Null(LinkTarget.Of(data, @"C:\links"));
    }

    // The name stands behind the one that is shown, as mklink writes them.
    private static byte[] Data(uint tag, uint flags, string name)
    {
        const string Shown = "shown";
        var text = Encoding.Unicode.GetBytes(Shown + name);
        var head = tag == SymbolicLink ? 20 : 16;
        var data = new byte[head + text.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(data, tag);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(4), (ushort)(data.Length - 8));
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(8), (ushort)(2 * Shown.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(10), (ushort)(2 * name.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(14), (ushort)(2 * Shown.Length));
        if (tag == SymbolicLink)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(16), flags);
        }

        text.CopyTo(data, head);
        return data;
    }
}
