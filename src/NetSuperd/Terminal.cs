using System.Text;
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

    /// <summary>Whether standard output is a terminal.</summary>
    public static bool IsTerminal => !Console.IsOutputRedirected;

    /// <summary>Writes bytes as they are. Text that comes from outside does not go this way to a terminal.</summary>
    /// <returns>Null, or why they could not be written: <c>No space left on device</c>.</returns>
    public static string? Write(ReadOnlySpan<byte> data)
    {
        try
        {
            using var output = Console.OpenStandardOutput();
            output.Write(data);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Some reasons are only in the exception inside.
            return (failure.InnerException ?? failure).Message;
        }
    }

    /// <summary>Prints lines; where that fails, says so.</summary>
    /// <returns>The exit status.</returns>
    public static int Print(string lines) => PrintAfter("", lines);

    /// <summary>Prints lines on a terminal that is cleared before.</summary>
    /// <returns>The exit status.</returns>
    public static int Repaint(string lines) => PrintAfter(Clear, lines);

    /// <summary>
    /// Says one line. Where it cannot be written it is lost: what a command does and how it ends is not to depend on that.
    /// </summary>
    public static void Say(string line) => WriteError(PlainText.Of(line));

    /// <summary>Says a text of several lines.</summary>
    public static void SayLines(string lines) => WriteError(PlainText.OfLines(lines));

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
        try
        {
            Console.Error.WriteLine(text);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }
}
