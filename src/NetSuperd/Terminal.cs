using System.Text;

namespace NetSuperd;

/// <summary>What a command has for whoever started it: data on standard output, messages on standard error.</summary>
internal static class Terminal
{
    /// <summary>Prints data.</summary>
    /// <returns>Null, or why it could not be written: <c>No space left on device</c>.</returns>
    public static string? Print(ReadOnlySpan<byte> data)
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

    /// <summary>Prints a text; where that fails, says so.</summary>
    /// <returns>The exit status.</returns>
    public static int Print(string text)
    {
        if (Print(Encoding.UTF8.GetBytes(text)) is not { } reason)
        {
            return ExitStatus.Ok;
        }

        Say($"netsuperd: cannot write to standard output: {reason}");
        return ExitStatus.System;
    }

    /// <summary>Says a line. Where nobody can read it, it is lost: what a command does and how it ends is not to depend on that.</summary>
    public static void Say(string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }
}
