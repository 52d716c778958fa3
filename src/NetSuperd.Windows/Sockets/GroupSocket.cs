using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Sockets;

/// <summary>
/// The multicast groups of sockets: Windows binds them to every address, while a service of a group gets what was sent to the group alone.
/// </summary>
internal static class GroupSocket
{
    private static readonly ConditionalWeakTable<SafeHandle, byte[]> Groups = [];

    /// <summary>Notes the group of a socket.</summary>
    public static void Note(SafeHandle socket, IPAddress group) => Groups.AddOrUpdate(socket, group.GetAddressBytes());

    /// <summary>The bytes of the group of a socket; null: it has none.</summary>
    public static byte[]? Of(SafeHandle socket) => Groups.TryGetValue(socket, out var group) ? group : null;
}
