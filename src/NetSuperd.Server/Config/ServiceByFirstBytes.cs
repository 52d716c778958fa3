using System.Text.RegularExpressions;

namespace NetSuperd.Server.Config;

/// <summary>
/// A service that passes its clients on by their first bytes. An entry of <c>[ports]</c> with <c>by</c> makes one; as any other, it may
/// have a table of its own.
/// </summary>
internal static class ServiceByFirstBytes
{
    /// <summary>The name of its handler.</summary>
    public const string Handler = "first-bytes";

    /// <summary>The key of its rules, of the handler's settings and of a socket.</summary>
    public const string Key = "by";

    private const int MostNameLength = 64;

    /// <summary>A pattern of a rule. Its time grows with the length of the text alone, whatever the client sends.</summary>
    /// <exception cref="ArgumentException">It is malformed.</exception>
    /// <exception cref="NotSupportedException">Its time would not.</exception>
    public static Regex Pattern(string text) => new(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>Why a text is no pattern; null: it is one.</summary>
    public static string? Complaint(string text)
    {
        try
        {
            _ = Pattern(text);
            return null;
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            return wrong.Message;
        }
    }

    /// <summary>Whether a service is one.</summary>
    public static bool IsOne(Service service) => service.Handler == Handler;

    /// <summary>The name of the service that an entry makes: <c>by-443</c>, <c>by-192.0.2.1-443</c>, <c>by-run-demo.sock</c>.</summary>
    public static string NameFor(string entry)
    {
        var letters = entry.Replace($"/{Transports.OfBarePort.Word}", "", StringComparison.Ordinal)
            .Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' ? letter : '-');
        var name = $"{Key}-{string.Concat(letters).Trim('-')}";
        return name[..Math.Min(name.Length, MostNameLength)];
    }

    /// <summary>The services of its rules, each once.</summary>
    public static IEnumerable<string> ServicesOf(Service service) =>
        service.Settings.Values.GetValueOrDefault(Key)?.Value is not IEnumerable<object> rules ? []
        : rules.OfType<Settings>().Select(rule => rule.Values.GetValueOrDefault("service")?.Value).OfType<string>().Distinct();
}
