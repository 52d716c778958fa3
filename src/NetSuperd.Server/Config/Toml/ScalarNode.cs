using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Toml;

/// <summary>
/// A <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, or a date or time, which no key takes.
/// </summary>
internal sealed record ScalarNode(object Value, Position At) : Node(At)
{
    /// <inheritdoc/>
    public override string Noun => Value switch
    {
        string => "a string",
        long => "a whole number",
        double => "a floating-point number",
        bool => "true or false",
        _ => "a date or time",
    };
}
