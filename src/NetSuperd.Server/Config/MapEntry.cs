namespace NetSuperd.Server.Config;

/// <summary>A key of a map and its value.</summary>
/// <param name="Path">The key with the tables that it is in, in TOML: <c>daemon.drain</c>, <c>ports."8080/tcp".service</c>.</param>
/// <param name="Value">The value in TOML: <c>"30s"</c>.</param>
public sealed record MapEntry(string Path, string Value)
{
    /// <summary>Whether a service or a socket has the value although its own table does not say so.</summary>
    public bool IsImplied { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Path} = {Value}";
}
