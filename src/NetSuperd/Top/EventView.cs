using NetSuperd.Server.Tally;

namespace NetSuperd.Top;

/// <summary>The last events; while the last one is chosen, new ones move the view.</summary>
internal sealed class EventView() : RowsView<SeenEvent>(["EVENT~"], new SortOrder<SeenEvent>("time"))
{
    // The date: what is shown is of now.
    private const int DateLength = 11;

    /// <inheritdoc/>
    public override string Name => "Events";

    /// <summary>Takes the events that there are now.</summary>
    public void Follow(IReadOnlyList<SeenEvent> events)
    {
        var follows = IsAtEnd;
        Take(events);
        if (follows)
        {
            Move(KeyName.End);
        }
    }

    /// <inheritdoc/>
    protected override object KeyOf(SeenEvent row) => row.Number;

    /// <inheritdoc/>
    protected override bool Matches(SeenEvent row) => row.Text.Contains(Filter, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    protected override Tone ToneOf(SeenEvent row) => row.Line switch
    {
        { Level: "error" } => Tone.Trouble,
        { Level: "warning" } or { Event: ServerEvent.Refused } => Tone.Warning,
        _ => Tone.Plain,
    };

    /// <inheritdoc/>
    protected override string?[] Cells(SeenEvent row) => [row.Text[DateLength..]];
}
