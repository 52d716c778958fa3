using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Toml;

/// <summary>A value of a TOML file and its position.</summary>
internal abstract record Node(Position At)
{
    /// <summary>Its type, as a message says it: <c>a string</c>.</summary>
    public abstract string Noun { get; }
}
