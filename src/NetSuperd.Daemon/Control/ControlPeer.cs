namespace NetSuperd.Control;

/// <summary>A process that asks the daemon, and its user, as the system tells them.</summary>
/// <param name="Pid">The process.</param>
/// <param name="User">Its user as the system counts users: a uid of Linux, the text of a SID of Windows.</param>
/// <param name="MayOperate">Whether the user is an administrator or the daemon's own, which may use every command.</param>
internal sealed record ControlPeer(int Pid, object User, bool MayOperate);
