namespace NetSuperd.Top;

/// <summary>How a line of the screen is shown; what it means is also in its words.</summary>
internal enum Tone
{
    Plain,
    Strong,
    Reverse,
    Good,
    Warning,
    Trouble,
}

/// <summary>A line of the screen: plain text, no wider than the screen.</summary>
internal readonly record struct ShownLine(string Text, Tone Tone = Tone.Plain);
