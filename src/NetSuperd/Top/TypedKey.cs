using System.Text;

namespace NetSuperd.Top;

/// <summary>A key that was typed.</summary>
/// <param name="Key">A key without a character, such as an arrow; <see cref="KeyName.None"/>: it has one.</param>
/// <param name="Text">The character; empty for a key without one.</param>
internal readonly record struct TypedKey(KeyName Key, string Text = "")
{
    private const byte Esc = 0x1B;

    /// <summary>Reads the first key of what a terminal has sent (ECMA-48, 5.4; xterm's control sequences).</summary>
    /// <param name="bytes">What it has sent.</param>
    /// <param name="isWhole">Whether nothing follows: an escape character is then the key, and not the beginning of a sequence.</param>
    /// <returns>The key, and how many bytes it has; 0: its end has not come yet.</returns>
    public static (TypedKey Key, int Length) Read(ReadOnlySpan<byte> bytes, bool isWhole) => bytes switch
    {
        [] => (default, 0),
        [Esc] => isWhole ? (new TypedKey(KeyName.Escape), 1) : (default, 0),
        [Esc, (byte)'O', ..] => bytes.Length > 2 ? (Of((char)bytes[2], 0), 3) : isWhole ? (default, 2) : (default, 0),
        [Esc, (byte)'[', ..] => Sequence(bytes, isWhole),
        [Esc, ..] => (new TypedKey(KeyName.Escape), 1),
        [(byte)'\r' or (byte)'\n', ..] => (new TypedKey(KeyName.Enter), 1),
        [(byte)'\t', ..] => (new TypedKey(KeyName.Tab), 1),
        [0x08 or 0x7F, ..] => (new TypedKey(KeyName.Backspace), 1),
        [0x15, ..] => (new TypedKey(KeyName.Erase), 1),
        [0x0C, ..] => (new TypedKey(KeyName.Redraw), 1),
        [< 0x20, ..] => (default, 1),
        _ => Character(bytes, isWhole),
    };

    private static (TypedKey Key, int Length) Sequence(ReadOnlySpan<byte> bytes, bool isWhole)
    {
        // Parameters, then one letter or tilde; the console of Linux has a second bracket before the letter of its function keys.
        var isOfLinux = bytes is [_, _, (byte)'[', ..];
        var length = isOfLinux ? 3 : 2;
        while (length < bytes.Length && bytes[length] is >= 0x20 and < 0x40)
        {
            length++;
        }

        // Of the parameters the first one tells the key, and a second one which of Shift and Ctrl was held down.
        return length >= bytes.Length ? (default, isWhole ? length : 0)
            : isOfLinux ? (default, length + 1)
            : (Of((char)bytes[length], bytes[2] is >= (byte)'0' and <= (byte)'9' && !(bytes[3] is >= (byte)'0' and <= (byte)'9')
                ? bytes[2] - '0' : 0), length + 1);
    }

    private static TypedKey Of(char letter, int number) => new((letter, number) switch
    {
        ('A', _) => KeyName.Up,
        ('B', _) => KeyName.Down,
        ('C', _) => KeyName.Right,
        ('D', _) => KeyName.Left,
        ('H', _) or ('~', 1 or 7) => KeyName.Home,
        ('F', _) or ('~', 4 or 8) => KeyName.End,
        ('~', 5) => KeyName.PageUp,
        ('~', 6) => KeyName.PageDown,
        ('M', _) => KeyName.Enter,
        ('Z', _) => KeyName.Left,
        _ => KeyName.None,
    });

    private static (TypedKey Key, int Length) Character(ReadOnlySpan<byte> bytes, bool isWhole)
    {
        var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
        return status == System.Buffers.OperationStatus.Done ? (new TypedKey(KeyName.None, rune.ToString()), length)
            : status == System.Buffers.OperationStatus.NeedMoreData && !isWhole ? (default, 0)
            : (default, length);
    }
}
