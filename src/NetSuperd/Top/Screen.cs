using System.Globalization;
using System.Text;
using NetSuperd.Commands;
using NetSuperd.Native;

namespace NetSuperd.Top;

/// <summary>The terminal while it shows lines that change in place, and as it was before and after that.</summary>
/// <remarks>
/// The sequences are those that every terminal of ECMA-48 has, the vt100 and the console of Linux included; one without an alternate screen
/// ignores that sequence. Only lines that have changed are written, in one write.
/// </remarks>
internal sealed class Screen : IDisposable
{
    private const string Reset = "\u001b[0m";
    private const string Begin = "\u001b[?1049h\u001b[?25l\u001b[2J";

    private readonly TerminalSettings _settings;
    private readonly bool _hasColours;
    private IReadOnlyList<ShownLine> _shown = [];
    private TerminalGuard? _guard;
    private bool _isTaken;

    private Screen(TerminalSettings settings, bool hasColours) => (_settings, _hasColours) = (settings, hasColours);

    /// <summary>The sequences that give the terminal back; without an alternate screen, what is shown stays above the prompt.</summary>
    public static string End { get; } = "\u001b[0m\u001b[999;1H\u001b[K\u001b[?25h\u001b[?1049l";

    /// <summary>Opens the terminal of this process; null: it has none, or one that shows lines only one after the other.</summary>
    public static Screen? Open()
    {
        var kind = Environment.GetEnvironmentVariable("TERM");
        return kind is null or "" or "dumb" || !Terminal.IsTerminal || TerminalSettings.Of(Terminal.Input) is not { } settings
            ? null
            : new Screen(settings, HasColours(kind));
    }

    /// <summary>Takes the terminal.</summary>
    public void Take()
    {
        if (_isTaken)
        {
            return;
        }

        _isTaken = true;
        _guard = TerminalGuard.Start($"{_settings}");
        _settings.DeliverKeys();
        Write(Begin);
        _shown = [];
    }

    /// <summary>Gives the terminal back as it was.</summary>
    public void GiveBack()
    {
        if (!_isTaken)
        {
            return;
        }

        _isTaken = false;
        Write(End);
        _settings.Restore();
        _guard?.Dispose();
        _guard = null;
    }

    /// <summary>Writes everything anew the next time, for a terminal of another size.</summary>
    public void Clear()
    {
        _shown = [];
        Write("\u001b[0m\u001b[2J");
    }

    /// <summary>Shows lines from the top, which are plain and fit; what stood below them goes.</summary>
    public void Show(IReadOnlyList<ShownLine> lines, LineRoom room)
    {
        var text = new StringBuilder();
        for (var i = 0; i < Math.Max(lines.Count, _shown.Count); i++)
        {
            var line = i < lines.Count ? lines[i] : default;
            if (i < _shown.Count && _shown[i] == line)
            {
                continue;
            }

            var words = line.Text ?? "";
            var cells = LineRoom.CellsOf(words);
            var isFull = cells >= room.Cells;
            var rest = line.Tone == Tone.Reverse && !isFull ? new string(' ', room.Cells - cells) : "";
            text.Append(CultureInfo.InvariantCulture, $"\u001b[{i + 1};1H{Sequence(line.Tone)}{words}{rest}");

            // In the last column, to erase the rest would erase the last character.
            text.Append(isFull || rest.Length > 0 ? Reset : $"{Reset}\u001b[K");
        }

        _shown = lines;
        if (text.Length > 0)
        {
            Write(text.ToString());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => GiveBack();

    // https://no-color.org; the terminals of DEC have none.
    private static bool HasColours(string kind) =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && !kind.StartsWith("vt", StringComparison.Ordinal);

    private static void Write(string text) => _ = Terminal.Write(Encoding.UTF8.GetBytes(text));

    private string Sequence(Tone tone) => tone switch
    {
        Tone.Strong => "\u001b[1m",
        Tone.Reverse => "\u001b[7m",
        Tone.Good when _hasColours => "\u001b[32m",
        Tone.Warning when _hasColours => "\u001b[33m",
        Tone.Trouble => _hasColours ? "\u001b[1;31m" : "\u001b[1m",
        _ => "",
    };
}
