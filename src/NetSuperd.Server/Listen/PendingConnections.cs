using System.Globalization;
using System.Net;
using NetSuperd.Native;

namespace NetSuperd.Server.Listen;

/// <summary>
/// The connections that wait on a listening socket until somebody accepts them: how many there are, and those that <c>/proc/net</c> names
/// (proc(5)).
/// </summary>
/// <remarks>
/// A connection has no inode before it is accepted; the states leave out those that have none any more. One that its client has reset waits
/// as well, and has no name; where the system hides the addresses of unix sockets, none has.
/// </remarks>
/// <param name="Count">How many there are.</param>
/// <param name="Names">Those that can be told apart.</param>
internal sealed record PendingConnections(int Count, IReadOnlySet<string> Names)
{
    // TCP_ESTABLISHED and TCP_CLOSE_WAIT of netinet/tcp.h; SS_CONNECTING of linux/net.h, which an embryo of a unix socket shows.
    private static readonly string[] TcpStates = ["01", "08"];
    private const string UnixState = "02";

    /// <summary>Those of a socket; none for a datagram socket.</summary>
    public static PendingConnections Of(BoundSocket bound)
    {
        try
        {
            List<string> names = bound.IsDatagram ? [] : [.. bound.Socket.LocalEndPoint is IPEndPoint ip ? Tcp(ip) : Unix(bound.Local)];
            return new PendingConnections(bound.Port.Key.Path is null ? TcpInfo.PendingOn(bound.Socket) : names.Count, names.ToHashSet());
        }
        catch (IOException)
        {
            return new PendingConnections(0, new HashSet<string>());
        }
    }

    /// <summary>Whether somebody has accepted one of these since: there are fewer now, or one of those with a name is gone.</summary>
    public bool AreTaken(PendingConnections now) => now.Count < Count || !Names.IsSubsetOf(now.Names);

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
