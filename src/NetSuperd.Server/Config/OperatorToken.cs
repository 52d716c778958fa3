using System.Security.Cryptography;
using System.Text;

namespace NetSuperd.Server.Config;

/// <summary>The secret that lets a client of the socket for questions operate. It is kept as a hash, and nothing shows it.</summary>
public sealed class OperatorToken
{
    /// <summary>The fewest characters of a token.</summary>
    public const int LeastLength = 32;

    /// <summary>The most bytes of the file of a token.</summary>
    public const int MostBytes = 4096;

    private readonly byte[] _hash;

    private OperatorToken(string token) => _hash = HashOf(token);

    /// <summary>The token that a file has.</summary>
    /// <param name="text">The content of the file.</param>
    /// <param name="problem">What is wrong with it; null: nothing.</param>
    /// <returns>The token; null after a problem.</returns>
    public static OperatorToken? Read(string text, out string? problem)
    {
        var line = text.EndsWith('\n') ? text[..^1] : text;
        problem = line.Any(letter => letter is < '!' or > '~') ? "a token is one line of printing ASCII characters without blanks"
            : line.Length < LeastLength ? $"a token has at least {LeastLength} characters, such as the output of: openssl rand -hex 32"
            : null;
        return problem is null ? new OperatorToken(line) : null;
    }

    /// <summary>
    /// Whether a client has sent the token. The time that this takes tells nothing about the token: the hashes are of one length, and they
    /// are compared whole.
    /// </summary>
    public bool Matches(string sent) => CryptographicOperations.FixedTimeEquals(_hash, HashOf(sent));

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
