namespace NetSuperd.Server.FirstBytes;

/// <summary>Whether the first bytes of a connection are what a rule asks for.</summary>
internal enum Fit
{
    /// <summary>They are something else, whatever follows.</summary>
    No,

    /// <summary>More bytes decide.</summary>
    More,

    /// <summary>They are.</summary>
    Yes,
}
