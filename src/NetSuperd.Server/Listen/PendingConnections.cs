using System.Globalization;
using System.Net;

namespace NetSuperd.Server.Listen;

/// <summary>The connections that wait on a listening socket until somebody accepts them, as <c>/proc/net</c> lists them (proc(5)).</summary>
/// <remarks>A connection has no inode before it is accepted; the states leave out those that have none any more.</remarks>
internal static class PendingConnections
{
    // TCP_ESTABLISHED and TCP_CLOSE_WAIT of netinet/tcp.h; SS_CONNECTING of linux/net.h, which an embryo of a unix socket shows.
    private static readonly string[] TcpStates = ["01", "08"];
    private const string UnixState = "02";

    /// <summary>Their names, by which they can be told apart; empty for datagram sockets.</summary>
    public static HashSet<string> Of(BoundSocket bound)
    {
        try
        {
            return bound.IsDatagram ? [] : [.. bound.Socket.LocalEndPoint is IPEndPoint ip ? Tcp(ip) : Unix(bound.Local)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
    private static IEnumerable<string> Tcp(IPEndPoint local)
    {
        var port = string.Create(CultureInfo.InvariantCulture, $":{local.Port:X4}");
        var table = local.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "/proc/net/tcp" : "/proc/net/tcp6";
        return File.ReadLines(table)
            .Where(line => line.Contains(port, StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 9 && fields[1].EndsWith(port, StringComparison.Ordinal) && TcpStates.Contains(fields[3]) && fields[9] == "0")
            .Select(fields => $"{fields[1]} {fields[2]}");
    }

    // Num RefCount Protocol Flags Type St Inode Path
    private static IEnumerable<string> Unix(string path) => File.ReadLines("/proc/net/unix")
        .Where(line => line.EndsWith($" {path}", StringComparison.Ordinal))
        .Select(line => line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries))
        .Where(fields => fields.Length == 8 && fields[5] == UnixState && fields[7] == path)
        .Select(fields => fields[0]);
}
