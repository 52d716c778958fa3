namespace NetSuperd.Top;

/// <summary>The help of the view.</summary>
internal static class HelpText
{
    public const string Title = "Keys";

    public const string Keys = """
        Up Down PageUp PageDown Home End    choose a row
        Tab Left Right 1 2 3                Services, Connections, Events
        Enter                               details of the row
        s R                                 sort by the next column, turn it round
        /                                   filter: part of a name; for connections
                                            an address or prefix (10.0.0.0/8), a
                                            state (close-wait), or several of them
        f space                             freeze the display, and continue
        p                                   pause or resume the service of the row
        a                                   abort the connection, after a question
        e                                   explain what would answer a peer, and why
        q Ctrl-C                            quit; Ctrl-L draws the screen again

        ACC/S and REF/S: connections accepted and refused in a second. REFUSED:
        refusals by word, or the reason for a state. LIMIT: the fullest limit of the
        service. RECV and SENT: bytes. Counters begin with the daemon's process.
        "read only": the daemon takes no orders from this user; --token-file names
        the operators' token.
        """;
}
