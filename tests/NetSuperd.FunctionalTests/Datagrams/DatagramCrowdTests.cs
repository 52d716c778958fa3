using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Datagrams;

/// <summary>More datagrams than any buffer on the way holds.</summary>
[OnWindows]
public sealed class DatagramCrowdTests
{
    private const int Clients = 4;
    private const int Datagrams = 25_000;
    private const int Together = 20;

    [Fact]
    public async Task Echo_AHundredThousandDatagrams_AreAllAnswered()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%echo%/udp" = "echo"
            [services.echo]
            handler = "echo"
            rate_per_source = "unlimited"
            bytes_per_source = "unlimited"
            """);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => AskAsync(daemon.Port("echo"))));

        Assert.Equal(Clients * Datagrams, (await daemon.StatusAsync()).Service("echo").Datagrams["answered"]);
    }

    /// <summary>Sends some together, and the next when all of them have come back.</summary>
    private static async Task AskAsync(int port)
    {
        using var limit = new CancellationTokenSource(Deadline.Default);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), limit.Token);
        var (sent, received) = (new byte[sizeof(int)], new byte[sizeof(int)]);
        for (var first = 0; first < Datagrams; first += Together)
        {
            for (var number = first; number < first + Together; number++)
            {
                BinaryPrimitives.WriteInt32BigEndian(sent, number);
                await client.SendAsync(sent, limit.Token);
            }

            for (var number = first; number < first + Together; number++)
            {
                Assert.Equal(sizeof(int), await client.ReceiveAsync(received, limit.Token));
                Assert.Equal(number, BinaryPrimitives.ReadInt32BigEndian(received));
            }
        }
    }
}
