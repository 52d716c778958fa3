using System.Globalization;
using System.Text.RegularExpressions;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Server.Config.Notation;

/// <summary>
/// The notation of sockets of vsock(7), <c>vsock:7001</c> and <c>vsock:3:7001</c>, and of their peers, <c>vsock:3</c> and <c>vsock:*</c>.
/// systemd.socket(5) writes the first as <c>vsock::7001</c>. The words are read in any case, and written in one.
/// </summary>
internal static partial class VsockNotation
{
    /// <summary>Every peer of vsock(7), in the normal form.</summary>
    public const string EveryPeer = $"{Prefix}*";

    private const string Prefix = "vsock:";
    private const string CidText = "a number from 0 to 4294967294, or one of the words hypervisor, local and host";

    // The names of <linux/vm_sockets.h>, VMADDR_CID_.
    private static readonly string[] Words = ["hypervisor", "local", "host"];

    /// <summary>Whether a text is to be a socket of vsock(7), however it is spelt.</summary>
    public static bool IsSocket(string text) => Socket().IsMatch(text);

    /// <summary>Whether a text is to be peers of vsock(7).</summary>
    public static bool IsPeer(string text) => Peer().IsMatch(text);

    /// <summary>Reads a socket, of which <see cref="IsSocket"/> is true, or several that differ in the port.</summary>
    /// <param name="text">The socket.</param>
    /// <param name="names">Names of the system.</param>
    /// <param name="cid">The context identifier; null: every one.</param>
    /// <param name="ports">The ports in ascending order.</param>
    /// <returns>The problem; null: there is none.</returns>
    public static string? Read(string text, NameCache names, out uint? cid, out IReadOnlyList<uint> ports)
    {
        (cid, ports) = (null, []);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (word, rest) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        if (rest.LastIndexOf('/') is >= 0 and var slash)
        {
            return $"a vsock socket is a stream, and no transport follows its port; write \"{Prefix}{rest[..slash]}\"";
        }

        if (word.Length != Prefix.Length - 1)
        {
            return $"only streams of vsock(7) are served, no datagrams and no seqpackets; for a stream, write \"{Prefix}{rest}\"";
        }

        var last = rest.LastIndexOf(':');
        var (context, list) = last < 0 ? ("", rest) : (rest[..last], rest[(last + 1)..]);
        return list.Length == 0 ? $"a vsock socket needs a port: \"{Prefix}{(context.Length == 0 ? "" : $"{context}:")}PORT\""
            : ReadCid(context, "leave it out for every one of this host", out cid)
            ?? PortListNotation.Read(list, Transport.Vsock, names, (other, _) => $"\"{Prefix}{rest[..(last + 1)]}{other}\"", out ports);
    }

    /// <summary>Reads peers, of which <see cref="IsPeer"/> is true.</summary>
    /// <param name="text">The peers.</param>
    /// <param name="cid">The context identifier; null: every one.</param>
    /// <returns>The problem; null: there is none.</returns>
    public static string? ReadPeer(string text, out uint? cid)
    {
        var context = text.Length < Prefix.Length ? "*" : text[Prefix.Length..];
        cid = null;
        return context == "*" ? null
            : context.Length == 0 ? $"a context identifier is missing; write \"{Prefix}3\", or \"{EveryPeer}\" for every one"
            : context.Contains(':', StringComparison.Ordinal)
                ? $"a peer has no port here; write \"{Prefix}{context[..context.IndexOf(':', StringComparison.Ordinal)]}\""
            : ReadCid(context, $"write \"{EveryPeer}\" for every one", out cid);
    }

    /// <summary>The peers of a context identifier in their normal form.</summary>
    public static string PeerOf(uint? cid) =>
        cid is { } one ? string.Create(CultureInfo.InvariantCulture, $"{Prefix}{one}") : EveryPeer;

    private static string? ReadCid(string text, string every, out uint? cid)
    {
        cid = null;
        if (text.Length == 0 || text.Equals("any", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var word = Array.FindIndex(Words, word => word.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (word >= 0)
        {
            cid = (uint)word;
            return null;
        }

        if (text is not ("0" or [>= '1' and <= '9', ..])
            || !uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number == VsockAddress.EveryCid)
        {
            return $"'{text}' is not a context identifier, which is {CidText}; {every}";
        }

        cid = number;
        return null;
    }

    [GeneratedRegex(@"\Avsock(?:-[a-z]+)?:.*\z|\Avsock\z", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Socket();

    [GeneratedRegex(@"\Avsock(?::.*)?\z", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Peer();
}
