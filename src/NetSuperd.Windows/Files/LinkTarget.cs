using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Files;

/// <summary>Reads where a symbolic link or a junction leads to: REPARSE_DATA_BUFFER of ntifs.h, little-endian.</summary>
internal static class LinkTarget
{
    private const uint Junction = 0xA0000003;
    private const uint SymbolicLink = 0xA000000C;
    private const uint IsRelative = 1;

    // The tag, the length of what follows and two bytes that are reserved; then where the two names are, and of a symbolic link its flags.
    private const int Head = 8;
    private const int JunctionHead = Head + 8;
    private const int LinkHead = Head + 12;

    // Of the names in the namespace of the system.
    private const string Prefix = @"\??\";

    /// <summary>The full path that the link leads to; null where it leads to no file, or the data are wrong.</summary>
    /// <param name="data">What the file system says about it.</param>
    /// <param name="folder">The folder of the link.</param>
    public static string? Of(ReadOnlySpan<byte> data, string folder)
    {
        var tag = data.Length < LinkHead ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (tag is not (Junction or SymbolicLink))
        {
            return null;
        }

        var isLink = tag == SymbolicLink;
        var names = data[(isLink ? LinkHead : JunctionHead)..];
        int from = BinaryPrimitives.ReadUInt16LittleEndian(data[Head..]);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(data[(Head + 2)..]);
        if (length == 0 || from + length > names.Length || (from | length) % sizeof(char) != 0)
        {
            return null;
        }

        var text = new string(MemoryMarshal.Cast<byte, char>(names.Slice(from, length)));
        var target = isLink && (BinaryPrimitives.ReadUInt32LittleEndian(data[(Head + 8)..]) & IsRelative) != 0
            ? Path.Join(text.StartsWith('\\') ? Path.GetPathRoot(folder) : folder, text)
            : text.StartsWith(Prefix, StringComparison.Ordinal) ? @"\\?\" + text[Prefix.Length..]
            : null;
        return target is null || target.Contains('\0', StringComparison.Ordinal) ? null : target;
    }
}
