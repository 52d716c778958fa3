using System.Globalization;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>The settings of a terminal, as they were when this was made: termios(3).</summary>
public sealed unsafe class TerminalSettings
{
    private readonly SafeHandle _terminal;
    private Libc.Termios _saved;

    private TerminalSettings(SafeHandle terminal, Libc.Termios saved) => (_terminal, _saved) = (terminal, saved);

    /// <summary>The settings of a terminal; null: the file is none.</summary>
    public static TerminalSettings? Of(SafeHandle file)
    {
        Libc.Termios settings;
        return Libc.tcgetattr(file, &settings) == 0 ? new TerminalSettings(file, settings) : null;
    }

    /// <summary>
    /// Has the terminal deliver each key at once, and not print it. Ctrl-C, Ctrl-\ and Ctrl-Z still become signals. In the background the
    /// process stops here (SIGTTOU) until it is in the foreground.
    /// </summary>
    public void DeliverKeys()
    {
        var settings = _saved;
        settings.c_lflag &= ~(Libc.ICANON | Libc.ECHO);
        settings.c_cc[Libc.VMIN] = 1;
        settings.c_cc[Libc.VTIME] = 0;
        _ = Libc.tcsetattr(_terminal, Libc.TCSANOW, &settings);
    }

    /// <summary>Sets the terminal as it was. One that has gone needs nothing.</summary>
    public void Restore()
    {
        var settings = _saved;
        _ = Libc.tcsetattr(_terminal, Libc.TCSANOW, &settings);
    }

    /// <summary>The settings in the form of <c>stty -g</c>, by which that program sets them.</summary>
    public override string ToString()
    {
        var settings = _saved;
        return string.Join(
            ':',
            ((uint[])[settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag])
                .Concat(new ReadOnlySpan<byte>(settings.c_cc, Libc.NCCS).ToArray().Select(key => (uint)key))
                .Select(number => number.ToString("x", CultureInfo.InvariantCulture)));
    }
}
