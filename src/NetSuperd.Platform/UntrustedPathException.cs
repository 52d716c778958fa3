namespace NetSuperd.Platform;

/// <summary>Another user could change what a path leads to, so the daemon, as root, does not use it.</summary>
/// <param name="message">Which file or folder, and the command that mends it.</param>
public sealed class UntrustedPathException(string message) : UnauthorizedAccessException(message);
