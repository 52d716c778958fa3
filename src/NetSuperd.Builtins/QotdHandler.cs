using System.Text;
using System.Text.RegularExpressions;

namespace NetSuperd.Builtins;

/// <summary>Quote of the day (RFC 865): a short message, then the end; input is ignored.</summary>
/// <remarks>
/// The quotes are those of <c>settings.quotes</c>, a list, or of <c>settings.file</c>, an absolute path, where a line with a single
/// <c>%</c> separates two quotes (fortune(6)); the file is read while the map is loaded. Without either, the handler has a few quotes of
/// its own. Each quote is printing ASCII with fewer than 512 characters, line ends included, which become CR LF. A datagram gets a quote
/// that is no longer than itself, or than 64 bytes; where no quote is so short, it gets no answer.
/// </remarks>
[Handler("qotd")]
public sealed partial class QotdHandler : IStreamHandler, IDatagramHandler
{
    // RFC 865: it should be less than 512 characters.
    private const int MostCharacters = 511;
    private const int ShortDatagram = 64;
    private const long MostFileBytes = 1 << 20;

    private static readonly string[] Own =
    [
        "It has to work. (RFC 1925)",
        "Be liberal in what you accept, and conservative in what you send. (RFC 1122)",
        "In protocol design, perfection has been reached not when there is nothing\n"
        + "left to add, but when there is nothing left to take away. (RFC 1925)",
    ];

    private readonly byte[][] _quotes;

    /// <summary>Reads the quotes.</summary>
    /// <exception cref="SettingsException">The file cannot be read, there is no quote, or one is too long or no printing ASCII.</exception>
    public QotdHandler(ServiceInfo info)
    {
        var settings = info.Settings;
        if (settings.Contains("file") && settings.Contains("quotes"))
        {
            throw settings.Error("file", "'file' and 'quotes' exclude each other; write one of them");
        }

        var key = settings.Contains("file") ? "file" : "quotes";
        IEnumerable<string> quotes = key == "file" ? FromFile(settings) : settings.Contains(key) ? settings.GetStrings(key) : Own;
        _quotes = [.. quotes.Select(quote => Encode(settings, key, quote)).OrderBy(quote => quote.Length)];
        if (_quotes.Length == 0)
        {
            throw settings.Error(key, $"'{key}' has no quote");
        }
    }

    /// <inheritdoc/>
    public void Handle(in Datagram request, IDatagramReply reply)
    {
        var most = Math.Max(ShortDatagram, request.Data.Length);
        var count = _quotes.Length;
        while (count > 0 && _quotes[count - 1].Length > most)
        {
            count--;
        }

        if (count > 0)
        {
            reply.Send(_quotes[Random.Shared.Next(count)]);
        }
    }

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping) =>
        await connection.SendAsync(_quotes[Random.Shared.Next(_quotes.Length)], stopping).ConfigureAwait(false);

    private static IEnumerable<string> FromFile(Settings settings)
    {
        var path = settings.GetFile("file");
        try
        {
            // A file without a length, such as a pipe or a device, may have no end either, and would hold up the load.
            var file = new FileInfo(path);
            return !file.Exists ? throw settings.Error("file", $"no such file: {path}")
                : file.Length == 0 ? throw settings.Error("file", $"'file' is empty, or not a regular file: {path}")
                : file.Length > MostFileBytes ? throw settings.Error("file", $"'file' is larger than {MostFileBytes} bytes: {path}")
                : Separator().Split(File.ReadAllText(path).ReplaceLineEndings("\n"))
                    .Select(quote => quote.Trim('\n'))
                    .Where(quote => quote.Length > 0);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw settings.Error("file", $"cannot read {path}: {failure.Message}");
        }
    }

    [GeneratedRegex(@"^%$\n?", RegexOptions.Multiline)]
    private static partial Regex Separator();

    private static byte[] Encode(Settings settings, string key, string quote)
    {
        var lines = quote.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        var start = $"the quote that begins '{lines[0][..Math.Min(lines[0].Length, 20)]}'";
        return lines.Any(line => line.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            ? throw settings.Error(key, $"{start} has other characters than printing ASCII")
            : lines.Sum(line => line.Length + 2) > MostCharacters
            ? throw settings.Error(key, $"{start} is too long; a quote has fewer than 512 characters")
            : lines.Sum(line => line.Length) == 0 ? throw settings.Error(key, $"'{key}' has an empty quote")
            : Encoding.ASCII.GetBytes(string.Concat(lines.Select(line => $"{line}\r\n")));
    }
}
