using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetSuperd.Windows.Sockets;

/// <summary>
/// The multicast groups of sockets: Windows binds them to every address, while a service of a group gets what was sent to the group alone.
/// </summary>
/// <param name="Address">The bytes of the group.</param>
/// <param name="Interface">The number of the network interface by which it was joined; 0: the system has chosen it.</param>
internal sealed record GroupSocket(byte[] Address, uint Interface)
{
    private static readonly ConditionalWeakTable<SafeHandle, GroupSocket> Groups = [];

    /// <summary>Notes the group of a socket.</summary>
    public static void Note(SafeHandle socket, IPAddress group, int device) =>
        Groups.AddOrUpdate(socket, new GroupSocket(group.GetAddressBytes(), (uint)device));

    /// <summary>The group of a socket; null: it has none.</summary>
    public static GroupSocket? Of(SafeHandle socket) => Groups.TryGetValue(socket, out var group) ? group : null;
}
