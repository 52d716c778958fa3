namespace NetSuperd.Server.Serve.Tls;

/// <summary>A handshake has failed: the client speaks something else, or the two do not agree.</summary>
/// <param name="reason">Why, for an administrator.</param>
internal sealed class TlsFailedException(string reason) : Exception(reason);
