namespace NetSuperd.Server.Serve.Tls;

/// <summary>A handshake has failed: the peer speaks something else, or the two do not agree.</summary>
/// <param name="reason">Why, for an administrator.</param>
internal sealed class TlsFailedException(string reason) : Exception(reason)
{
    /// <summary>What OpenSSL says, such as <c>no shared cipher</c>, without the number and the name of the library before it.</summary>
    public static string Innermost(Exception failure)
    {
        var text = failure.GetBaseException().Message;
        return text.LastIndexOf("::", StringComparison.Ordinal) is >= 0 and var at ? text[(at + 2)..] : text;
    }
}
