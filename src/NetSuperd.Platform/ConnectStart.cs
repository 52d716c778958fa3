namespace NetSuperd.Platform;

/// <summary>What has come of the begin of a connection.</summary>
/// <param name="Socket">The socket, connected unless there is a failure; null: it has failed.</param>
/// <param name="Failure">Why it is not connected: EINPROGRESS with a socket, since the system waits for the target.</param>
public readonly record struct ConnectStart(StreamSocket? Socket, Errno? Failure);
