namespace NetSuperd.Builtins;

/// <summary>A request of RFC 1413: <c>PORT-ON-THIS-HOST , PORT-ON-THE-CLIENT</c>.</summary>
/// <param name="Port">The port on this host; 0 where the request has no number of five digits at most.</param>
/// <param name="ClientPort">The port on the client's host; 0 likewise.</param>
internal readonly record struct IdentQuery(int Port, int ClientPort)
{
    private const int MostDigits = 5;

    /// <summary>Whether both are TCP ports.</summary>
    public bool IsValid => IsPort(Port) && IsPort(ClientPort);

    /// <summary>Reads a line without its LF. White space is permitted everywhere except within a number.</summary>
    public static IdentQuery Read(ReadOnlySpan<byte> line)
    {
        line = line is [.. var text, (byte)'\r'] ? text : line;
        var comma = line.IndexOf((byte)',');
        return comma < 0 ? new IdentQuery(Number(line), 0) : new IdentQuery(Number(line[..comma]), Number(line[(comma + 1)..]));
    }

    private static bool IsPort(int number) => number is > 0 and <= ushort.MaxValue;

    private static int Number(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t"u8);
        if (text.Length > MostDigits || text.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return 0;
        }

        var number = 0;
        foreach (var digit in text)
        {
            number = (number * 10) + digit - '0';
        }

        return number;
    }
}
