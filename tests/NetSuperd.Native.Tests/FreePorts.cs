using System.Net;
using System.Net.Sockets;

namespace NetSuperd;

/// <summary>Ports for tests: on each no process listens, and each is given to one test of the machine.</summary>
/// <remarks>
/// A port that is bound and released again may be taken before it is used: by a socket that another test binds to a port of the system's
/// choice, or by the own end of a connection. So the ports are outside the range from which the system chooses
/// (<c>ip_local_port_range</c> of ip(7)), in blocks. A process takes a block by binding an abstract unix socket (unix(7)) with its name:
/// these have the same network namespace as ports, and the system removes them at the end of the process, however it ends.
/// </remarks>
internal static class FreePorts
{
    private const int First = 10_100;
    private const int BlockSize = 100;

    private static readonly Lock Gate = new();
    private static readonly List<Socket> Blocks = [];
    private static readonly Queue<int> Left = [];

    /// <summary>A port that no test got before.</summary>
    public static int Next() => NextOf(1);

    /// <summary>The first of adjacent ports, none of which a test got before or will get.</summary>
    public static int NextOf(int count)
    {
        lock (Gate)
        {
            while (true)
            {
                if (Left.Count < count)
                {
                    Left.Clear();
                    TakeBlock();
                }

                var ports = Enumerable.Range(0, count).Select(_ => Left.Dequeue()).ToList();
                if (ports.TrueForAll(IsFree))
                {
                    return ports[0];
                }
            }
        }
    }

    private static void TakeBlock()
    {
        var firsts = Outside().Chunk(BlockSize).Where(block => block.Length == BlockSize).Select(block => block[0]).ToArray();
        Random.Shared.Shuffle(firsts);
        foreach (var first in firsts)
        {
            var block = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            try
            {
                block.Bind(new UnixDomainSocketEndPoint($"\0netsuperd-test-ports-{first}"));
            }
            catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                block.Dispose();
                continue;
            }

            Blocks.Add(block);
            foreach (var port in Enumerable.Range(first, BlockSize))
            {
                Left.Enqueue(port);
            }

            return;
        }

        throw new InvalidOperationException("every block of ports is taken by a test");
    }

    /// <summary>The ports that the system does not choose; all of them where it may choose nearly every port.</summary>
    private static List<int> Outside()
    {
        var range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var (least, most) = (int.Parse(range[0], null), int.Parse(range[1], null));
        var all = Enumerable.Range(First, IPEndPoint.MaxPort - First + 1).ToList();
        var outside = all.Where(port => port < least || port > most).ToList();
        return outside.Count >= 20 * BlockSize ? outside : all;
    }

    private static bool IsFree(int port) => IsFree(port, SocketType.Stream) && IsFree(port, SocketType.Dgram);

    private static bool IsFree(int port, SocketType type)
    {
        // Without an address family, of both families where the system has both.
        using var probe = new Socket(type, ProtocolType.Unspecified);
        try
        {
            probe.Bind(new IPEndPoint(probe.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
