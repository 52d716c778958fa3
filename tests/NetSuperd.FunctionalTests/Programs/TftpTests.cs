using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Programs;

/// <summary>
/// in.tftpd under <c>wait</c>: it has the datagram socket itself, reads the first request, answers it from a process and a socket of its
/// own, and waits for another for so many seconds.
/// </summary>
public sealed class TftpTests
{
    private static readonly int[] Sizes = [0, 1, 100, 511, 512, 513, 1024, 100_000];

    [Theory]
    [InlineData("octet", "127.0.0.1")]
    [InlineData("netascii", "127.0.0.1")]
    [InlineData("octet", "::1")]
    public async Task Files_OneAfterAnother_ArriveWholeAndTheSocketIsPolledAgain(string mode, string address)
    {
        using var site = new ServedFolder();
        using var own = new Scratch();
        await using var daemon = await StartAsync(site, seconds: 0);
        var started = new HashSet<string>();

        foreach (var size in Sizes)
        {
            var said = await Command.OutputAsync(
                "tftp", "-v", "-m", mode, address, $"{daemon.Port("tftp")}", "-c", "get", $"{mode}-{size}", own[$"{size}"]);

            Assert.Contains($"[{mode}]", said, StringComparison.Ordinal);
            Assert.Equal(Content(mode, size), await ReadAsync(own[$"{size}"]));
            var child = await daemon.WaitForEventAsync("ChildStarted", found => !started.Contains(found["ConnectionId"]));
            started.Add(child["ConnectionId"]);
            Assert.Equal("with status 0", (await daemon.WaitForEndAsync(child["ConnectionId"]))["Detail"]);
        }

        Assert.Equal(Sizes.Length, daemon.Events.Count(found => found.Name == "ChildStarted"));
        Assert.DoesNotContain(daemon.Events, found => found.Name is "WaitBackoff" or "DatagramDropped");
    }

    [Fact]
    public async Task Files_FetchedTogether_ComeFromOneChild()
    {
        using var site = new ServedFolder();
        using var own = new Scratch();
        await using var daemon = await StartAsync(site, seconds: 900);

        await Task.WhenAll(Sizes.Select(size => Command.OutputAsync(
            "tftp", "-m", "octet", "127.0.0.1", $"{daemon.Port("tftp")}", "-c", "get", $"octet-{size}", own[$"{size}"])));

        foreach (var size in Sizes)
        {
            Assert.Equal(Content("octet", size), await ReadAsync(own[$"{size}"]));
        }

        // It would wait on for more; the stop ends it.
        await daemon.StopAsync();
        Assert.Single(daemon.Events, found => found.Name == "ChildStarted");
    }

    private static async Task<Daemon> StartAsync(ServedFolder site, int seconds)
    {
        Privilege.Require("in.tftpd changes its root directory and its user");
        foreach (var size in Sizes)
        {
            site.Write($"files/octet-{size}", Content("octet", size));
            site.Write($"files/netascii-{size}", Content("netascii", size));
        }

        await site.OpenAsync();
        return await Daemon.StartAsync($"""
            [ports]
            "%tftp%/udp" = "tftp"
            [services.tftp]
            exec = ["/usr/sbin/in.tftpd", "--user", "nobody", "--timeout", "{seconds}", "--secure", "{site["files"]}"]
            user = "root"
            wait = true
            """);
    }

    private static byte[] Content(string mode, int size) => mode == "octet"
        ? ServedFolder.Noise(size)
        : [.. Enumerable.Range(0, size).Select(at => (byte)(at % 10 == 9 ? '\n' : 'a' + (at % 26)))];

    private static Task<byte[]> ReadAsync(string path) => File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
}
