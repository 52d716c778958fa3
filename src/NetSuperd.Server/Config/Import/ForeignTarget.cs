using System.Net;

namespace NetSuperd.Server.Config.Import;

/// <summary>Where another program passes connections on to, as a target of <c>forward</c>.</summary>
internal static class ForeignTarget
{
    /// <summary>What an administrator has to do where targets see the addresses of clients.</summary>
    public const string RulesChange =
        "transparent needs rules that lead the answers of the targets back, and other ones than before: see netsuperd.toml(5)";

    /// <summary>The target of an address or a name, and a port or its name in services(5).</summary>
    public static string Of(string host, string port)
    {
        var bare = host is ['[', .., ']'] ? host[1..^1] : host;
        return $"{(bare.Contains(':', StringComparison.Ordinal) ? $"[{bare}]" : bare)}:{port}";
    }

    /// <summary>Whether a host is a name, and no address.</summary>
    public static bool IsName(string host) => !IPAddress.TryParse(host.Trim('[', ']'), out _);
}
