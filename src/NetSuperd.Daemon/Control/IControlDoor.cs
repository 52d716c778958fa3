namespace NetSuperd.Control;

/// <summary>How operators reach a daemon of this host.</summary>
internal interface IControlDoor
{
    /// <summary>Opens the place at which the daemon answers.</summary>
    /// <returns>The place, or what is in the way.</returns>
    (ControlListener? Listener, ControlBindFailure? Failure) Open(ControlPlace place);

    /// <summary>Connects to a daemon.</summary>
    /// <param name="path">The path.</param>
    /// <param name="isForQuestions">
    /// Whether the request tells nothing and changes nothing, so that any daemon is believed whose user owns the path.
    /// </param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connection, or why there is none.</returns>
    Task<(ControlConnection? Connection, ControlAnswer? Failure)> ConnectAsync(
        string path, bool isForQuestions, CancellationToken cancellationToken);
}
