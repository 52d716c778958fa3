namespace NetSuperd.Top;

/// <summary>The keys without a character.</summary>
internal enum KeyName
{
    /// <summary>One with a character, or one that means nothing here.</summary>
    None,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    Escape,
    Tab,
    Backspace,

    /// <summary>Ctrl-U.</summary>
    Erase,

    /// <summary>Ctrl-L.</summary>
    Redraw,
}
