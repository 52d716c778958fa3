using NetSuperd.Platform;

namespace NetSuperd.Logging;

/// <summary>Sends lines to the syslog daemon of this host. A line that is too long for a datagram is cut.</summary>
internal sealed class SyslogStream(string path, Stream otherwise) : DatagramStream(path, otherwise)
{
    /// <summary>The socket of the syslog daemon.</summary>
    public const string SyslogSocket = "/dev/log";

    private const int MostBytes = 32 * 1024;

    /// <inheritdoc/>
    protected override Errno? Send(ReadOnlySpan<byte> line) =>
        Send(line, []) is var failure && failure == Errno.EMSGSIZE && line.Length > MostBytes ? Send(Cut(line), []) : failure;

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Otherwise(ReadOnlySpan<byte> line) => line;

    /// <summary>The beginning of a line, up to the end of a character.</summary>
    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> line)
    {
        var length = MostBytes;
        while ((line[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return line[..length];
    }
}
