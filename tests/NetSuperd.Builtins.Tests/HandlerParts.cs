using Microsoft.Extensions.Time.Testing;

namespace NetSuperd.Builtins.Tests;

/// <summary>What a handler is made of.</summary>
internal static class HandlerParts
{
    /// <summary>A service with settings.</summary>
    public static ServiceInfo Service(params (string Key, object Value)[] settings) =>
        new("it", Settings.Of(settings.ToDictionary(pair => pair.Key, pair => pair.Value)));

    /// <summary>A clock that stands.</summary>
    public static FakeTimeProvider Clock(string time, string zone = "UTC")
    {
        var clock = new FakeTimeProvider(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture));
        clock.SetLocalTimeZone(TimeZoneInfo.FindSystemTimeZoneById(zone));
        return clock;
    }
}
