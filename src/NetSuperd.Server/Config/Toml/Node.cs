using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Toml;

/// <summary>A value of a TOML file and where it stands.</summary>
internal abstract record Node(Position At)
{
    /// <summary>What it is, as a message says it: <c>a string</c>.</summary>
    public abstract string Noun { get; }
}
