using NetSuperd.Server.Config;

namespace NetSuperd.Server.Permit;

/// <summary>A rate in timestamps of a clock.</summary>
/// <param name="Interval">The time between two tokens.</param>
/// <param name="Capacity">What fills an empty bucket.</param>
public readonly record struct Pace(long Interval, long Capacity)
{
    /// <summary>How many tokens a full bucket has.</summary>
    public long Burst => Capacity / Interval;

    /// <summary>The pace of a rate.</summary>
    public static Pace Of(Rate rate, TimeProvider time)
    {
        var interval = Math.Max(1, (long)(rate.Period.TotalSeconds * time.TimestampFrequency / rate.Count));
        return new Pace(interval, (long)Int128.Min((Int128)interval * rate.Burst, long.MaxValue / 4));
    }
}
