using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>The size of a terminal.</summary>
public static class TerminalSize
{
    /// <summary>The columns and rows of a terminal; null: the file is none, or does not know its size.</summary>
    public static unsafe (int Columns, int Rows)? Of(SafeHandle file)
    {
        Libc.WindowSize size;
        return Libc.ioctl(file, Libc.TIOCGWINSZ, &size) == 0 && size is { ws_col: > 0, ws_row: > 0 } ? (size.ws_col, size.ws_row) : null;
    }
}
