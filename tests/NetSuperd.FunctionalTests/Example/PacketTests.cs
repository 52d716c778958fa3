using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Example;

/// <summary>The worked example on the wire.</summary>
[OnWindows]
public sealed partial class PacketTests(DefaultMap map) : IClassFixture<DefaultMap>
{
    // The sender, flags as tcpdump(8) writes them, sequence number at a FIN, bytes.
    private static readonly string[] TenPackets =
    [
        "client [S] 0", "server [S.] 0", "client [.] 0",
        "client [P.] 4", "server [.] 0",
        "server [P.] 4", "client [.] 0",
        "client [F.] 0 seq 5", "server [F.] 0 seq 5", "client [.] 0",
    ];

    [Fact]
    public async Task Custom_OneWord_IsTenPackets()
    {
        // The first exchange compiles what it needs, and so takes longer than the 40 ms of a delayed ACK.
        Assert.Equal(0, (await map.Network.SendAsync("127.0.0.1", "TEST", "2005")).Status);

        await using var capture = map.Network.Start("tcpdump", "--immediate-mode", "-l", "-n", "-i", "lo", "tcp port 2005");
        await capture.Errors.FindAsync(line => line.Contains("listening on lo", StringComparison.Ordinal) ? line : null, "capture");
        for (var i = 0; i < 3; i++)
        {
            var sent = await map.Network.SendAsync("127.0.0.1", "TEST", "2005");
            Assert.Equal("Received: TEST\n", sent.Output);
        }

        await Deadline.UntilAsync(() => Exchanges(capture).Count(packets => packets.Count >= TenPackets.Length) == 3, "three exchanges");
        capture.Signal(RunningProcess.SIGINT);
        Assert.Equal(0, await capture.ExitAsync());

        // A machine that stops one side for 40 ms lets the kernel acknowledge the client's FIN on its own: an eleventh packet.
        var exchanges = Exchanges(capture);
        Assert.Contains(exchanges, packets => packets.SequenceEqual(TenPackets));
        Assert.All(exchanges, packets => Assert.Equal(
            ["client [F.] 0 seq 5", "server [F.] 0 seq 5"], packets.Where(packet => packet.Contains("[F.]", StringComparison.Ordinal))));
    }

    private static List<List<string>> Exchanges(RunningProcess capture) =>
    [
        .. capture.Output.Lines
            .Select(line => Packet().Match(line))
            .Where(packet => packet.Success)
            .GroupBy(packet => packet.Groups["from"].Value == "2005" ? packet.Groups["to"].Value : packet.Groups["from"].Value)
            .Select(exchange => exchange.Select(Describe).ToList()),
    ];

    private static string Describe(Match packet)
    {
        var side = packet.Groups["from"].Value == "2005" ? "server" : "client";
        var flags = packet.Groups["flags"].Value;
        return $"{side} [{flags}] {packet.Groups["length"].Value}" + (flags == "F." ? $" seq {packet.Groups["seq"].Value}" : "");
    }

    [GeneratedRegex(
        @"IP 127\.0\.0\.1\.(?<from>\d+) > 127\.0\.0\.1\.(?<to>\d+): "
        + @"Flags \[(?<flags>[^\]]*)\], (seq (?<seq>\d+)(:\d+)?, )?.*length (?<length>\d+)")]
    private static partial Regex Packet();
}
