using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Logging;

/// <summary>
/// Sends lines of <see cref="JournalFields"/> to the journal, in its own protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/). A value
/// has no line end, so each field is a line. What is too large for a datagram goes as a sealed file.
/// </summary>
internal sealed class JournalStream(string path, Stream otherwise) : DatagramStream(path, otherwise)
{
    /// <summary>The socket of the journal.</summary>
    public const string JournalSocket = "/run/systemd/journal/socket";

    /// <inheritdoc/>
    protected override Errno? Send(ReadOnlySpan<byte> line)
    {
        var fields = new byte[line.Length + 1];
        line.Replace(fields, (byte)JournalFields.Separator, (byte)'\n');
        fields[^1] = (byte)'\n';
        return Send(fields, []) is var failure && failure == Errno.EMSGSIZE ? SendFile(fields) : failure;
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> Otherwise(ReadOnlySpan<byte> line)
    {
        // PRIORITY=6 is the first field, and the message the last.
        var message = line[(line.LastIndexOf((byte)JournalFields.Separator) + 1)..]["MESSAGE=".Length..];
        return (byte[])[(byte)'<', line["PRIORITY=".Length], (byte)'>', .. message];
    }

    private Errno? SendFile(byte[] fields)
    {
        try
        {
            using var file = SealedFile.Create(fields);
            return Send([], file);
        }
        catch (CallException)
        {
            // No descriptor or no memory: the line is dropped, and counted.
            return Errno.ENOMEM;
        }
    }
}
