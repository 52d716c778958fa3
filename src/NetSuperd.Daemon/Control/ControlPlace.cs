using NetSuperd.Server.Config;

namespace NetSuperd.Control;

/// <summary>A path at which the daemon answers, and the users that it answers there.</summary>
/// <param name="Path">The path: absolute, at most 107 bytes.</param>
/// <param name="MakesFolder">Whether to make its folder, with the mode 0755, where it is missing; also later.</param>
internal sealed record ControlPlace(string Path, bool MakesFolder)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The group that may connect and ask; null: only root and the daemon's user may, and may use every command.</summary>
    public uint? Group { get; private init; }

    /// <summary>The control socket, at which every command is answered.</summary>
    public string Control { get; private init; } = Path;

    /// <summary>Whether the socket is for questions, and every client that can connect may ask.</summary>
    public bool IsForQuestions => Group is not null;

    /// <summary>The permissions of the socket.</summary>
    public UnixFileMode Mode => IsForQuestions ? Private | UnixFileMode.GroupRead | UnixFileMode.GroupWrite : Private;

    /// <summary>The control socket of a map; null: there is none.</summary>
    public static ControlPlace? OfOperators(DaemonSection section) =>
        section.Control is { } path ? new ControlPlace(path, section.ControlIsDefault) : null;

    /// <summary>The socket for questions of a map; null: there is none.</summary>
    public static ControlPlace? OfQuestions(DaemonSection section) =>
        section.StatusSocket is { } path ? Questions(path, section.ControlIsDefault, section.StatusGroup!.Value, section.Control!) : null;

    /// <summary>A socket for questions.</summary>
    public static ControlPlace Questions(string path, bool makesFolder, uint group, string control) =>
        new(path, makesFolder) { Group = group, Control = control };

    /// <summary>Why a client is not answered at all; null where it is.</summary>
    public string? Refusal(ControlPeer? peer) =>
        peer is { } known && (IsForQuestions || known.MayOperate) ? null
            : $"netsuperd: the daemon answers only {Installation.Current.Operators}";

    /// <summary>Why a request is not answered; null where it is.</summary>
    /// <param name="request">The request.</param>
    /// <param name="token">With this a client may operate; null: no client may.</param>
    /// <param name="isWrong">Whether it has a token, and the wrong one.</param>
    public string? Refusal(ControlRequest request, OperatorToken? token, out bool isWrong)
    {
        var command = ControlCommand.Find(request.Command)!;
        isWrong = IsForQuestions && command.IsForToken && token is not null && request.Token is { } sent && !token.Matches(sent);
        return !IsForQuestions || command.IsQuestion ? null
            : isWrong ? $"netsuperd: the token for '{command.Word}' is wrong"
            : !command.IsForToken || token is null || request.Token is null
                ? $"netsuperd: {Path} answers questions only; '{command.Word}' is for root and the daemon's user, at {Control}"
                    + (!command.IsForToken ? "" : token is null ? ", or needs a token, and daemon.operator_token_file names none"
                        : ", or needs the token of daemon.operator_token_file")
            : null;
    }
}
