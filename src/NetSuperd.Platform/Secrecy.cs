namespace NetSuperd.Platform;

/// <summary>The users that may not read a file.</summary>
public enum Secrecy
{
    /// <summary>Every user may.</summary>
    None,

    /// <summary>All but its owner and its group.</summary>
    Others,

    /// <summary>All but its owner.</summary>
    GroupAndOthers,
}
