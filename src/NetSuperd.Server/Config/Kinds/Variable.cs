using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace NetSuperd.Server.Config.Kinds;

/// <summary>Names of environment variables.</summary>
internal static partial class Variable
{
    // Programs learn from these which client they serve, so neither the map nor the daemon's environment may set them.
    private static readonly ImmutableHashSet<string> OfTheDaemon =
    [
        "PROTO", "TCPLOCALIP", "TCPLOCALPORT", "TCPREMOTEIP", "TCPREMOTEPORT", "IPCREMOTEEUID", "IPCREMOTEEGID", "IPCREMOTEPID",
        "VSOCKLOCALCID", "VSOCKLOCALPORT", "VSOCKREMOTECID", "VSOCKREMOTEPORT",
        "REMOTE_ADDR", "REMOTE_PORT", "REMOTE_HOST", "NETSUPERD_SERVICE", "NETSUPERD_ID",
        "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET",
    ];

    /// <summary>The problem of a name; null where there is none.</summary>
    public static string? Complaint(string name) =>
        OfTheDaemon.Contains(name) ? $"'{name}' is set by the daemon for each child and cannot be set here"
        : Pattern().IsMatch(name) ? null
        : $"'{name}' is not the name of a variable: letters, digits and '_', not a digit first";

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Pattern();
}
