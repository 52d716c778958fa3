using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>An entry of xinetd.conf: a service, or the defaults.</summary>
/// <param name="name">The service; null: the defaults.</param>
/// <param name="at">Where the entry begins.</param>
internal sealed class XinetdEntry(Word? name, Position at)
{
    /// <summary>The service; null: the defaults.</summary>
    public Word? Name { get; } = name;

    /// <summary>Where the entry begins.</summary>
    public Position At { get; } = at;

    /// <summary>The lines between the braces.</summary>
    public List<XinetdLine> Lines { get; } = [];

    /// <summary>Why xinetd leaves the entry out; null: it does not.</summary>
    public (Position At, string Reason)? Fault { get; private set; }

    /// <summary>Notes why xinetd leaves the entry out; the first reason counts.</summary>
    public void Break(Position where, string reason) => Fault ??= (where, reason);
}
