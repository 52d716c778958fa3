using System.Text.Json.Serialization;

namespace NetSuperd.Web;

/// <summary>What has happened in an interval of the timeline.</summary>
/// <param name="At">Its end.</param>
/// <param name="Live">Connections that lived then.</param>
/// <param name="Accepted">Connections accepted in it.</param>
/// <param name="Refused">Refusals in it, by word.</param>
/// <param name="Ended">Ends in it, by word.</param>
/// <param name="Start">How long its connections waited until they were served, in ms; null: none was.</param>
/// <param name="Duration">How long those lasted that ended in it, in seconds; null: none did.</param>
internal sealed record Sample(
    DateTimeOffset At,
    long Live,
    long Accepted,
    IReadOnlyDictionary<string, long> Refused,
    IReadOnlyDictionary<string, long> Ended,
    [property: JsonPropertyName("start_ms")] Quantiles? Start,
    [property: JsonPropertyName("duration_s")] Quantiles? Duration);

/// <summary>Two quantiles of a histogram, as exact as its bounds.</summary>
/// <param name="P50">The median.</param>
/// <param name="P95">What one in twenty exceeds.</param>
internal sealed record Quantiles(double P50, double P95);

/// <summary>Something to know about a moment of the timeline.</summary>
/// <param name="At">When.</param>
/// <param name="Kind"><c>reload</c>, <c>restart</c>, <c>down</c> or <c>up</c>.</param>
internal sealed record Mark(DateTimeOffset At, string Kind);
