using System.Globalization;
using System.Text;

namespace NetSuperd.Web;

/// <summary>
/// Metrics as text: OpenMetrics 1.0, or the older format of Prometheus (exposition formats, 0.0.4), which have the same lines and differ
/// in the name of a counter's family and in the mark at the end.
/// </summary>
/// <param name="isOpen">Whether it is OpenMetrics.</param>
internal sealed class MetricsText(bool isOpen)
{
    /// <summary>The type of OpenMetrics, by which a scraper asks for it.</summary>
    public const string OpenType = "application/openmetrics-text";

    /// <summary>The type of an answer in OpenMetrics.</summary>
    public const string OpenContentType = OpenType + "; version=1.0.0; charset=utf-8";

    /// <summary>The type of an answer in the older format.</summary>
    public const string PlainContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string Total = "_total";

    private readonly StringBuilder _text = new();
    private string _family = "";

    /// <summary>Begins a family of values that rise and fall.</summary>
    public MetricsText Gauge(string name, string help) => Begin(name, "gauge", help);

    /// <summary>Begins a family of values that only rise.</summary>
    /// <param name="name">Its name, which ends in <c>_total</c>.</param>
    /// <param name="help">What it is.</param>
    public MetricsText Counter(string name, string help) => Begin(name, "counter", help);

    /// <summary>Begins a family of histograms.</summary>
    public MetricsText Histogram(string name, string help) => Begin(name, "histogram", help);

    /// <summary>Adds a value of the family; null: it is unknown.</summary>
    public MetricsText Add(double? value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        if (value is { } known)
        {
            Line("", labels, known);
        }

        return this;
    }

    /// <summary>Adds a histogram to the family.</summary>
    /// <param name="bounds">The upper bounds of its buckets but the last.</param>
    /// <param name="counts">How many are in each bucket.</param>
    /// <param name="sum">The sum of all.</param>
    /// <param name="label">Whose it is.</param>
    public void Add(IReadOnlyList<double> bounds, IReadOnlyList<long> counts, double sum, (string Name, string Value) label)
    {
        var soFar = 0L;
        for (var i = 0; i < counts.Count; i++)
        {
            soFar += counts[i];
            Line("_bucket", [label, ("le", i < bounds.Count ? Bound(bounds[i]) : "+Inf")], soFar);
        }

        Line("_count", [label], soFar);
        Line("_sum", [label], sum);
    }

    /// <summary>The text.</summary>
    public override string ToString() => isOpen ? $"{_text}# EOF\n" : _text.ToString();

    private static string Bound(double bound)
    {
        // OpenMetrics wants a floating-point number: 1.0, not 1.
        var text = bound.ToString(CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny(".eE") ? text : text + ".0";
    }

    private MetricsText Begin(string name, string type, string help)
    {
        _family = name;
        var family = isOpen && type == "counter" ? name[..^Total.Length] : name;
        _text.Append("# TYPE ").Append(family).Append(' ').Append(type).Append('\n');
        _text.Append("# HELP ").Append(family).Append(' ').Append(help).Append('\n');
        return this;
    }

    private void Line(string suffix, ReadOnlySpan<(string Name, string Value)> labels, double value)
    {
        _text.Append(_family).Append(suffix);
        var before = '{';
        foreach (var (name, text) in labels)
        {
            _text.Append(before).Append(name).Append("=\"");
            Escape(text);
            _text.Append('"');
            before = ',';
        }

        _text.Append(labels.IsEmpty ? "" : "}").Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private void Escape(string text)
    {
        foreach (var character in text)
        {
            _ = character switch
            {
                '\\' => _text.Append(@"\\"),
                '"' => _text.Append("\\\""),
                '\n' => _text.Append(@"\n"),
                _ => _text.Append(character),
            };
        }
    }
}
