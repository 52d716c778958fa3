using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import;

/// <summary>What has become of a part of an imported file.</summary>
/// <param name="At">Where it stands in that file.</param>
/// <param name="Outcome">What has become of it.</param>
/// <param name="Message">What that means, without a capital letter and a full stop.</param>
public sealed record Finding(Position At, Outcome Outcome, string Message)
{
    /// <summary>The longest message that is shown whole.</summary>
    private const int MostChars = 600;

    /// <summary>The finding in one line: <c>/etc/inetd.conf:12:1: lost: ...</c>.</summary>
    public override string ToString() =>
        PlainText.Of($"{At}: {Outcome.ToString().ToLowerInvariant()}: {PlainText.Cut(Message, MostChars)}");
}

/// <summary>The words of an import report.</summary>
public enum Outcome
{
    /// <summary>The map has the same.</summary>
    Kept,

    /// <summary>The map has it for the same purpose, and behaves differently; the message says how.</summary>
    Changed,

    /// <summary>The map does not have it; the message says what to do instead.</summary>
    Lost,

    /// <summary>It was disabled, and stays disabled.</summary>
    Off,
}
