namespace NetSuperd;

/// <summary>
/// The number that <see cref="Settings.Bind{T}"/> binds is a size in bytes, which the map writes as <c>"64KiB"</c> (<c>B</c>,
/// <c>KiB</c>, <c>MiB</c>, <c>GiB</c>).
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class SizeAttribute : Attribute;
