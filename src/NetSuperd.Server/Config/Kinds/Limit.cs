namespace NetSuperd.Server.Config.Kinds;

/// <summary>A limit as the map says it: a value, or none.</summary>
internal sealed class Limit<T>
{
    /// <summary>No limit.</summary>
    public static readonly Limit<T> None = new();

    private Limit() => (Value, IsNone) = (default!, true);

    /// <summary>A limit with a value.</summary>
    public Limit(T value) => Value = value;

    /// <summary>Whether there is no limit.</summary>
    public bool IsNone { get; }

    /// <summary>The value; meaningless where there is no limit.</summary>
    public T Value { get; }
}

/// <summary>Conversions for records, where null means no limit.</summary>
internal static class Limit
{
    /// <summary>The limit of a value.</summary>
    public static Limit<T> Of<T>(T? value)
        where T : struct => value is { } limit ? new Limit<T>(limit) : Limit<T>.None;

    /// <inheritdoc cref="Of{T}(T?)"/>
    public static Limit<Rate> Of(Rate? value) => value is null ? Limit<Rate>.None : new Limit<Rate>(value);

    /// <summary>The value of a limit, null for none.</summary>
    public static T? OrNull<T>(this Limit<T> limit)
        where T : struct => limit.IsNone ? null : limit.Value;

    /// <inheritdoc cref="OrNull{T}(Limit{T})"/>
    public static Rate? OrNull(this Limit<Rate> limit) => limit.IsNone ? null : limit.Value;
}
