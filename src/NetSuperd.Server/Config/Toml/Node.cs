namespace NetSuperd.Server.Config.Toml;

/// <summary>A value of a TOML file and where it stands.</summary>
internal abstract record Node(Position At)
{
    /// <summary>What it is, as a message says it: <c>a string</c>.</summary>
    public abstract string Noun { get; }
}

/// <summary>A <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, or a date or time, which no key takes.</summary>
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

/// <summary>An array. <see cref="OfTables"/> tells <c>[[name]]</c>, which further headers extend, from <c>name = [...]</c>, which nothing does.</summary>
internal sealed record ArrayNode(List<Node> Items, bool OfTables, Position At) : Node(At)
{
    /// <inheritdoc/>
    public override string Noun => OfTables ? "an array of tables" : "an array";
}
