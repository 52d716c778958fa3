using System.Net;
using System.Net.Sockets;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>
/// Ports that nobody listens on, on IPv4 and IPv6. One may be taken before it is used: who uses it tries again with another.
/// </summary>
internal static class FreePorts
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

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
