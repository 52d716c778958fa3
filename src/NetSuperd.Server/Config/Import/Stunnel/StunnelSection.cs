using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>A line of stunnel.conf.</summary>
/// <param name="Name">The option.</param>
/// <param name="Value">Its value.</param>
internal sealed record StunnelLine(Word Name, Word Value);

/// <summary>A section of stunnel.conf: a service, or what stands before the first one and holds for all of them.</summary>
/// <param name="name">The service; null: the part before the first one.</param>
/// <param name="at">Where it begins.</param>
/// <param name="common">The part before the first section; null: this is it.</param>
internal sealed class StunnelSection(Word? name, Position at, StunnelSection? common)
{
    // stunnel does not copy these from the part before the first section.
    private static readonly string[] Own = ["accept", "connect", "exec", "execArgs", "sni"];

    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The service; null: the part before the first one.</summary>
    public Word? Name { get; } = name;

    /// <summary>Where it begins.</summary>
    public Position At { get; } = at;

    /// <summary>The lines.</summary>
    public List<StunnelLine> Lines { get; } = [];

    /// <summary>The lines whose options no call below has asked for.</summary>
    public IEnumerable<StunnelLine> Rest =>
        (common?.Lines ?? []).Where(line => !Own.Contains(line.Name.Text, StringComparer.OrdinalIgnoreCase)).Concat(Lines)
        .Where(line => !_taken.Contains(line.Name.Text));

    /// <summary>The value of an option, of which the last line counts; null: it is not set.</summary>
    public Word? One(string option) => All(option) is [.., var last] ? last : null;

    /// <summary>The value of an option of the section alone; null: it is not set there.</summary>
    public Word? OneOfItsOwn(string option)
    {
        _taken.Add(option);
        return Of(this, option).LastOrDefault();
    }

    /// <summary>The value of an option of the part before the first section; null: it is not set there.</summary>
    public Word? OneOfAll(string option)
    {
        _taken.Add(option);
        return Of(common ?? this, option).LastOrDefault();
    }

    /// <summary>The values of an option that may stand in several lines.</summary>
    public IReadOnlyList<Word> All(string option)
    {
        _taken.Add(option);
        var inherits = common is not null && !Own.Contains(option, StringComparer.OrdinalIgnoreCase);
        return [.. inherits ? Of(common!, option) : [], .. Of(this, option)];
    }

    private static IEnumerable<Word> Of(StunnelSection section, string option) =>
        section.Lines.Where(line => line.Name.Text.Equals(option, StringComparison.OrdinalIgnoreCase)).Select(line => line.Value);
}
