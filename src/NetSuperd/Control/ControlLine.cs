using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NetSuperd.Control;

/// <summary>Lines of JSON on a stream.</summary>
internal static class ControlLine
{
    /// <summary>The longest request, with its line end.</summary>
    public const int MostRequestBytes = 64 * 1024;

    /// <summary>The longest answer.</summary>
    public const int MostAnswerBytes = 64 * 1024 * 1024;

    /// <summary>Reads a line without its end.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="rest">What was read before it and belongs to it; afterwards what was read after it.</param>
    /// <param name="mostBytes">A longer one is an error.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>Null at the end of the stream.</returns>
    /// <exception cref="InvalidDataException">The line is too long, or the stream ends within it.</exception>
    public static async Task<byte[]?> ReadAsync(Stream stream, MemoryStream rest, int mostBytes, CancellationToken stopping)
    {
        var buffer = new byte[4096];
        for (var searched = 0; ;)
        {
            var end = Array.IndexOf(rest.GetBuffer(), (byte)'\n', searched, (int)rest.Length - searched);
            if (end >= 0)
            {
                var line = rest.GetBuffer()[..end];
                var after = rest.GetBuffer()[(end + 1)..(int)rest.Length];
                rest.SetLength(0);
                rest.Write(after);
                return line;
            }

            searched = (int)rest.Length;
            if (searched >= mostBytes)
            {
                throw new InvalidDataException($"the line has more than {mostBytes} bytes");
            }

            var count = await stream.ReadAsync(buffer, stopping);
            if (count == 0)
            {
                return rest.Length == 0 ? null : throw new InvalidDataException("the line has no end");
            }

            rest.Write(buffer, 0, count);
        }
    }

    /// <summary>Writes a value as a line.</summary>
    public static async Task WriteAsync<T>(Stream stream, T value, JsonTypeInfo<T> type, CancellationToken stopping)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(value, type), (byte)'\n'];
        await stream.WriteAsync(line, stopping);
    }

    /// <summary>The request of a line, or what is wrong with it.</summary>
    public static (ControlRequest? Request, string? Wrong) Request(byte[] line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ControlJson.Default.ControlRequest) switch
            {
                { V: not ControlRequest.Version and var version } => (null, $"version {version} of the protocol is not known; this daemon speaks {ControlRequest.Version}"),
                { Command: null } or null => (null, "a request has a \"command\""),
                var request => (request, null),
            };
        }
        catch (JsonException failure)
        {
            return (null, $"the request is no valid JSON for a request: {failure.Message}");
        }
    }
}
