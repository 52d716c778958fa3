using System.Globalization;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>Finds the process that listens on a TCP port or has a UDP port, as far as <c>/proc</c> tells us (proc(5)); root sees every process.</summary>
internal static class PortHolder
{
    private const string ListenState = "0A";
    private static readonly string[] TcpTables = ["/proc/net/tcp", "/proc/net/tcp6"];
    private static readonly string[] UdpTables = ["/proc/net/udp", "/proc/net/udp6"];

    /// <summary>The holder as <c>nginx (pid 812)</c>, or null.</summary>
    public static string? Find(Transport transport, int port)
    {
        try
        {
            var isUdp = transport == Transport.Udp;
            var sockets = (isUdp ? UdpTables : TcpTables).Where(File.Exists).SelectMany(File.ReadLines)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(fields => fields.Length > 9 && (isUdp || fields[3] == ListenState)
                    && fields[1].EndsWith($":{port:X4}", StringComparison.Ordinal))
                .Select(fields => $"socket:[{fields[9]}]")
                .ToHashSet();
            return sockets.Count == 0 ? null
                : Directory.EnumerateDirectories("/proc").Select(folder => Owner(folder, sockets)).FirstOrDefault(owner => owner is not null);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Owner(string process, HashSet<string> sockets)
    {
        var name = Path.GetFileName(process);
        if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return null;
        }

        try
        {
            return Directory.EnumerateFiles($"{process}/fd").Any(fd => new FileInfo(fd).LinkTarget is { } target && sockets.Contains(target))
                ? $"{File.ReadAllText($"{process}/comm").Trim()} (pid {name})"
                : null;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
