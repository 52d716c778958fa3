using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Linux.Listen;

/// <summary>
/// Tells which socket and process keep a port from being bound, as far as the kernel's lists (sock_diag(7)) and <c>/proc</c> show; root
/// sees every process.
/// </summary>
internal static class PortHolder
{
    /// <summary>The end of a message: what holds the port of an IP socket, and what to do.</summary>
    public static string Describe(SocketPlace place)
    {
        var holders = SocketDiagnosis.HoldersOf(place.Port.Key.Transport.Protocol, place.Address!, (int)place.Port.Key.Number);
        if (holders.FirstOrDefault(holder => holder.Use == PortUse.Listening) is { } listening)
        {
            return $"{NameOf(listening) ?? "another process"} listens there: stop it or choose another port";
        }

        // Connections to different peers may share the port: one that a process still has is the most informative.
        if (holders.Where(holder => holder.Use == PortUse.Connected).MaxBy(holder => holder.Inode) is { } connection)
        {
            return $"{ConnectionOf(connection)}: wait for its end, or choose another port outside of net.ipv4.ip_local_port_range";
        }

        return holders is [var bound, ..]
            ? $"{NameOf(bound) ?? "another process"} has bound it without listening: stop it or choose another port"
            : "another socket is bound there: end the process that has it, or choose another port";
    }

    private static string ConnectionOf(HeldPort connection) => NameOf(connection) is { } process
        ? $"it is the local port of a connection of {process} to {LinkText.Of(connection.Peer, new LinuxNames())}"
        : $"it is the local port of a connection to {LinkText.Of(connection.Peer, new LinuxNames())}";

    /// <summary>
    /// The process as <c>nginx (pid 812)</c>; null where it is invisible to this user, or no process has the socket any more.
    /// </summary>
    private static string? NameOf(HeldPort holder)
    {
        try
        {
            return holder.Inode == 0
                ? null
                : SocketOwners.Of(new HashSet<string> { SocketOwners.Link(holder.Inode) }).FirstOrDefault()?.Process;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
