using System.Buffers;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace NetSuperd.Builtins;

/// <summary>The head of an HTTP/1.x request, judged as RFC 9112 has it, without what it leaves to the taste of a server.</summary>
/// <param name="Status">The status of the answer, as far as the request decides it.</param>
/// <param name="IsHead">Whether the answer has no content.</param>
internal readonly partial record struct HealthRequest(HttpStatusCode Status, bool IsHead = false)
{
    /// <summary>The longest head.</summary>
    public const int MostBytes = 8 * 1024;

    // RFC 9110, 5.5: a control character has no place in a head, except the tab and the ends of lines.
    private static readonly SearchValues<byte> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, ' ').Append(0x7f).Select(value => (byte)value).Except("\t\r\n"u8.ToArray())]);

    /// <summary>A request that is none.</summary>
    public static HealthRequest Malformed => new(HttpStatusCode.BadRequest);

    /// <summary>Judges what has been received.</summary>
    /// <returns>Null while the end is not there, and nothing is wrong so far.</returns>
    public static HealthRequest? Read(ReadOnlySpan<byte> received)
    {
        var end = received.IndexOf("\r\n\r\n"u8);
        var head = end < 0 ? received : received[..end];
        return head.ContainsAny(Controls) || HasBareEnd(head) ? Malformed
            : end >= 0 ? Judge(Encoding.Latin1.GetString(head).Split("\r\n"))
            : received.Length < MostBytes ? null
            : new HealthRequest(HttpStatusCode.RequestHeaderFieldsTooLarge);
    }

    /// <summary>Whether a line ends otherwise than with CR LF, which another server may understand otherwise.</summary>
    private static bool HasBareEnd(ReadOnlySpan<byte> head)
    {
        // The last CR may be half of an end whose other half has not come.
        var ends = head.Count("\r\n"u8);
        return head.Count((byte)'\n') != ends || head.Count((byte)'\r') - (head is [.., (byte)'\r'] ? 1 : 0) != ends;
    }

    private static HealthRequest Judge(string[] lines)
    {
        var request = RequestLine().Match(lines[0]);
        if (!request.Success || !lines.Skip(1).All(line => Field().IsMatch(line)))
        {
            return Malformed;
        }

        var hosts = lines.Count(line => line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase));
        var (method, isOld) = (request.Groups["method"].Value, request.Groups["minor"].Value == "0");

        // RFC 9112, 3.2: a server must refuse a request without Host, except of HTTP/1.0, and one with two.
        return hosts > 1 || (hosts == 0 && !isOld) ? Malformed
            : method is not ("GET" or "HEAD") ? new HealthRequest(HttpStatusCode.MethodNotAllowed)
            : !request.Groups["path"].Success ? Malformed
            : new HealthRequest(HttpStatusCode.OK, method == "HEAD");
    }

    // The path is that of the origin or absolute form; other methods have other forms.
    [GeneratedRegex(@"\A(?<method>[A-Za-z0-9_!#$%&'*+.^`|~-]+) (?:(?<path>(?:/|https?://)[!-~]*)|[!-~]+) HTTP/1\.(?<minor>[0-9])\z")]
    private static partial Regex RequestLine();

    // A line that begins with a space would continue the one before it, which RFC 9112, 5.2, makes obsolete.
    [GeneratedRegex(@"\A[A-Za-z0-9_!#$%&'*+.^`|~-]+:[^\x7f]*\z")]
    private static partial Regex Field();
}
