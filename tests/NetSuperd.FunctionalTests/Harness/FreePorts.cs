using System.Net;
using System.Net.Sockets;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>
/// Ports on which no process listens, on IPv4 and IPv6. A port may be taken before it is used: a caller then tries another one.
/// </summary>
internal static class FreePorts
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    /// <summary>The first of adjacent ports, none of which a test got before or will get.</summary>
    public static int NextOf(int count)
    {
        while (true)
        {
            var first = Next();
            lock (Gate)
            {
                var others = Enumerable.Range(first + 1, count - 1).ToList();
                if (first + count <= IPEndPoint.MaxPort && others.TrueForAll(port => !Given.Contains(port) && IsFree(port)))
                {
                    Given.UnionWith(others);
                    return first;
                }
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A port that no test got before.</summary>
    public static int Next()
    {
        lock (Gate)
        {
            while (true)
            {
                using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
                probe.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
                var port = ((IPEndPoint)probe.LocalEndPoint!).Port;
                if (Given.Add(port))
                {
                    return port;
                }
            }
        }
    }
}
