using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetSuperd.Commands;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd;

/// <summary>
/// What a command has for the user that started it: data on standard output, messages on standard error. The only way there, and all text
/// on it is <see cref="PlainText"/>, whatever its author has thought of.
/// </summary>
internal static class Terminal
{
    // Home, and everything away (ECMA-48 CUP and ED).
    private const string Clear = "\u001b[H\u001b[2J";

    private const int StandardInputNumber = 0;
    private const int StandardOutputNumber = 1;

    // Of a terminal that does not know its size, such as a serial line.
    private const int UsualColumns = 80;
    private const int UsualRows = 24;

    /// <summary>Whether standard output is a terminal.</summary>
    public static bool IsTerminal => !Console.IsOutputRedirected;

    /// <summary>Standard input, which stays open.</summary>
    public static SafeFileHandle Input { get; } = new(StandardInputNumber, ownsHandle: false);

    /// <summary>Standard output, which stays open.</summary>
    public static SafeFileHandle Output { get; } = new(StandardOutputNumber, ownsHandle: false);

    /// <summary>The room that a line has on the terminal of standard output; null: it goes elsewhere, as long as it is.</summary>
    public static LineRoom? Room => IsTerminal ? new LineRoom(Size.Columns, IsUtf8 ? "\u2026" : "...") : null;

    /// <summary>The size of the terminal, for which COLUMNS and LINES may say another one, as to ps(1).</summary>
    public static (int Columns, int Rows) Size
    {
        get
        {
            var known = Installation.Current.TerminalSize;
            return (Of("COLUMNS") ?? known?.Columns ?? UsualColumns, Of("LINES") ?? known?.Rows ?? UsualRows);

            static int? Of(string name) => int.TryParse(
                Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : null;
        }
    }

    /// <summary>Whether the terminal shows more than ASCII: by the first of the variables that is set, locale(7).</summary>
    public static bool IsUtf8 => ((string[])["LC_ALL", "LC_CTYPE", "LANG"]).Select(Environment.GetEnvironmentVariable)
        .FirstOrDefault(value => !string.IsNullOrEmpty(value)) is { } locale
        && locale.Replace("-", "", StringComparison.Ordinal).Contains("utf8", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes bytes as they are. Text that comes from outside does not go this way to a terminal.</summary>
    /// <returns>Null, or why they could not be written: <c>No space left on device</c>.</returns>
    public static string? Write(ReadOnlySpan<byte> data)
    {
        using var output = Installation.Current.StandardOutput();
        return Write(output, data);
    }

    /// <summary>Prints lines; where that fails, says so.</summary>
    /// <returns>The exit status.</returns>
    public static int Print(string lines) => PrintAfter("", lines);

    /// <summary>Prints lines of an output without an end.</summary>
    /// <returns>Null; or the exit status where it ends, because nothing more can be written or its reader has gone.</returns>
    public static int? PrintOn(string lines)
    {
        using var output = Installation.Current.StandardOutput();
        try
        {
            output.Write(Encoding.UTF8.GetBytes(PlainText.OfLines(lines)));
            return null;
        }
        catch (CallException failure)
        {
            if (failure.Errno == Errno.EPIPE)
            {
                return ExitStatus.Ok;
            }

            Say($"netsuperd: cannot write to standard output: {failure.Errno.Reason()}");
            return ExitStatus.System;
        }
    }

    /// <summary>Prints lines on a terminal that is cleared before.</summary>
    /// <returns>The exit status.</returns>
    public static int Repaint(string lines) => PrintAfter(Clear, lines);

    /// <summary>
    /// Says one line. Where it cannot be written it is lost: what a command does and how it ends is not to depend on that.
    /// </summary>
    public static void Say(string line) => WriteError(PlainText.Of(line));

    /// <summary>Says a text of several lines.</summary>
    public static void SayLines(string lines) => WriteError(PlainText.OfLines(lines));

    /// <summary>Says a problem, whose lines are entries of their own in the journal and have its level there.</summary>
    public static void SayProblem(string lines, bool isError)
    {
        var level = !Installation.Current.StandardErrorTakesLevels ? "" : isError ? "<3>" : "<4>";
        WriteError(level + PlainText.OfLines(lines).Replace("\n", "\n" + level, StringComparison.Ordinal));
    }

    private static int PrintAfter(string before, string lines)
    {
        if (Write(Encoding.UTF8.GetBytes(before + PlainText.OfLines(lines))) is not { } reason)
        {
            return ExitStatus.Ok;
        }

        Say($"netsuperd: cannot write to standard output: {reason}");
        return ExitStatus.System;
    }

    private static void WriteError(string text)
    {
        using var output = Installation.Current.StandardError();
        _ = Write(output, Encoding.UTF8.GetBytes(text + "\n"));
    }

    /// <summary>
    /// Writes to the descriptor itself: the streams of the runtime's console first set up the terminal, with escape sequences.
    /// </summary>
    /// <returns>Null, or why the data could not be written.</returns>
    private static string? Write(Stream output, ReadOnlySpan<byte> data)
    {
        try
        {
            output.Write(data);
            return null;
        }
        catch (CallException failure)
        {
            // A reader that has seen enough, such as head(1), is no failure.
            return failure.Errno == Errno.EPIPE ? null : failure.Errno.Reason();
        }
    }
}
