using System.Text;
using NetSuperd.Platform;

namespace NetSuperd.Server.Config.Files;

/// <summary>The path of the control socket where the map names none.</summary>
public static class ControlPath
{
    /// <summary>The path where the daemon of root has its control socket, unless its map names another.</summary>
    public const string OfRoot = "/run/" + BelowRuntimeFolder;

    private const string BelowRuntimeFolder = "netsuperd/control.sock";
    private const string StatusName = "status.sock";

    /// <summary>The default path for a user.</summary>
    /// <param name="userId">The user; root has a path of its own.</param>
    /// <param name="runtimeFolder">
    /// <c>XDG_RUNTIME_DIR</c> (XDG Base Directory Specification), which systemd creates for the user alone. Where it is missing or not
    /// absolute there is no default: other users may write to any other folder that this user may write to.
    /// </param>
    internal static string? Default(uint userId, string? runtimeFolder) =>
        userId == 0 ? OfRoot
        : runtimeFolder is ['/', ..] && Path.Combine(runtimeFolder, BelowRuntimeFolder) is var path && Complaint(path) is null ? path
        : null;

    /// <summary>The path of the socket that answers questions only, in the folder of a control socket.</summary>
    public static string StatusBeside(string control) => Path.Combine(Path.GetDirectoryName(control) ?? "/", StatusName);

    /// <summary>Why a socket cannot have the path; null where it can.</summary>
    internal static string? Complaint(string path) =>
        Encoding.UTF8.GetByteCount(path) is > SystemLimits.MostUnixNameBytes and var bytes
            ? $"the path of a unix socket has at most {SystemLimits.MostUnixNameBytes} bytes, and '{path}' has {bytes}"
            : null;
}
