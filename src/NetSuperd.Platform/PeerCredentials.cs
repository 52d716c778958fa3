using System.Runtime.InteropServices;

namespace NetSuperd.Platform;

/// <summary>The process at the other end of a unix socket (unix(7), SO_PEERCRED), with the ids that it had when it connected.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Uid">Its effective user.</param>
/// <param name="Gid">Its effective primary group.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid);
