using System.Globalization;
using System.Text.Json.Nodes;
using NetSuperd.Platform;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>A resource of setrlimit(2), and the unit in which its limits are written.</summary>
internal sealed record Resource(LimitedResource Limited, ResourceUnit Unit)
{
    private const string Unlimited = "unlimited";

    /// <summary>All of them, in the order of their names.</summary>
    public static readonly IReadOnlyList<Resource> All =
    [
        new(LimitedResource.RLIMIT_AS, ResourceUnit.Bytes), new(LimitedResource.RLIMIT_CORE, ResourceUnit.Bytes),
        new(LimitedResource.RLIMIT_CPU, ResourceUnit.Seconds), new(LimitedResource.RLIMIT_DATA, ResourceUnit.Bytes),
        new(LimitedResource.RLIMIT_FSIZE, ResourceUnit.Bytes), new(LimitedResource.RLIMIT_LOCKS, ResourceUnit.Count),
        new(LimitedResource.RLIMIT_MEMLOCK, ResourceUnit.Bytes), new(LimitedResource.RLIMIT_MSGQUEUE, ResourceUnit.Bytes),
        new(LimitedResource.RLIMIT_NICE, ResourceUnit.Count), new(LimitedResource.RLIMIT_NOFILE, ResourceUnit.Count),
        new(LimitedResource.RLIMIT_NPROC, ResourceUnit.Count), new(LimitedResource.RLIMIT_RSS, ResourceUnit.Bytes),
        new(LimitedResource.RLIMIT_RTPRIO, ResourceUnit.Count), new(LimitedResource.RLIMIT_RTTIME, ResourceUnit.Microseconds),
        new(LimitedResource.RLIMIT_SIGPENDING, ResourceUnit.Count), new(LimitedResource.RLIMIT_STACK, ResourceUnit.Bytes),
    ];

    /// <summary>The key in <c>limits</c>: <c>nofile</c>.</summary>
    public string Name { get; } = $"{Limited}"["RLIMIT_".Length..].ToLowerInvariant();

    /// <summary>What a limit must be.</summary>
    public string Text => Unit switch
    {
        ResourceUnit.Bytes => $"a size such as \"512MiB\", a number of bytes, \"{Unlimited}\", or two of them as \"SOFT:HARD\"",
        ResourceUnit.Seconds =>
            $"a duration of whole seconds such as \"10s\", a number of seconds, \"{Unlimited}\", or two of them as \"SOFT:HARD\"",
        ResourceUnit.Microseconds =>
            $"a duration such as \"100ms\", a number of microseconds, \"{Unlimited}\", or two of them as \"SOFT:HARD\"",
        _ => $"a whole number, \"{Unlimited}\", or two of them as \"SOFT:HARD\"",
    };

    /// <summary>The limits as a JSON schema.</summary>
    public JsonObject Schema => new() { ["type"] = new JsonArray("integer", "string"), ["minimum"] = 0, ["description"] = Text };

    /// <summary>Reads one amount.</summary>
    public bool TryParse(string text, out ulong amount)
    {
        if (text == Unlimited)
        {
            amount = ResourceLimit.Unlimited;
            return true;
        }

        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out amount))
        {
            return amount < ResourceLimit.Unlimited;
        }

        switch (Unit)
        {
            case ResourceUnit.Bytes when Quantity.TryParseSize(text, out var bytes):
                amount = (ulong)bytes;
                return true;
            case ResourceUnit.Seconds when Quantity.TryParseDuration(text, out var time) && time.Ticks % TimeSpan.TicksPerSecond == 0:
                amount = (ulong)(time.Ticks / TimeSpan.TicksPerSecond);
                return true;
            case ResourceUnit.Microseconds when Quantity.TryParseDuration(text, out var time):
                amount = (ulong)(time.Ticks / TimeSpan.TicksPerMicrosecond);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The shortest notation of an amount.</summary>
    public string Format(ulong amount) => amount == ResourceLimit.Unlimited ? Unlimited
        : Unit == ResourceUnit.Bytes && amount <= long.MaxValue ? Quantity.Format((long)amount)
        : Unit == ResourceUnit.Seconds && amount <= int.MaxValue ? Quantity.Format(TimeSpan.FromSeconds((long)amount))
        : Unit == ResourceUnit.Microseconds && amount % 1000 == 0 && amount <= int.MaxValue
            ? Quantity.Format(TimeSpan.FromMicroseconds((long)amount))
        : amount.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What a limit counts.</summary>
internal enum ResourceUnit
{
    Count,
    Bytes,
    Seconds,
    Microseconds,
}
