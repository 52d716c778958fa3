using NetSuperd.Web;

namespace NetSuperd.Tests.Web;

public sealed class MetricsTextTests
{
    [Fact]
    public void Text_OfAnyLabel_IsEscaped()
    {
        var text = new MetricsText(isOpen: false).Gauge("a", "An a.").Add(1.5, ("label", "back\\slash \"quoted\"\nline"));

        Assert.Equal("# TYPE a gauge\n# HELP a An a.\na{label=\"back\\\\slash \\\"quoted\\\"\\nline\"} 1.5\n", $"{text}");
    }

    [Fact]
    public void Counter_InOpenMetrics_HasAFamilyWithoutItsEnding()
    {
        Assert.Equal(
            "# TYPE a counter\n# HELP a An a.\na_total 1\n# EOF\n", $"{new MetricsText(isOpen: true).Counter("a_total", "An a.").Add(1)}");
        Assert.Equal(
            "# TYPE a_total counter\n# HELP a_total An a.\na_total 1\n",
            $"{new MetricsText(isOpen: false).Counter("a_total", "An a.").Add(1)}");
    }

    [Fact]
    public void Histogram_HasCumulativeBuckets()
    {
        var text = new MetricsText(isOpen: false).Histogram("h", "An h.");
        text.Add([0.5, 1], [3, 2, 1], 4.25, ("service", "echo"));

        Assert.Equal(
            "# TYPE h histogram\n# HELP h An h.\n"
            + "h_bucket{service=\"echo\",le=\"0.5\"} 3\nh_bucket{service=\"echo\",le=\"1.0\"} 5\nh_bucket{service=\"echo\",le=\"+Inf\"} 6\n"
            + "h_count{service=\"echo\"} 6\nh_sum{service=\"echo\"} 4.25\n",
            $"{text}");
    }

    [Fact]
    public void Value_ThatIsUnknown_IsLeftOut() =>
        Assert.Equal("# TYPE a gauge\n# HELP a An a.\n", $"{new MetricsText(isOpen: false).Gauge("a", "An a.").Add(null)}");
}
