using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Serve;

/// <summary>Many connections at once, and clients that do not play along.</summary>
[OnWindows]
public sealed class CrowdTests
{
    private const int Clients = 1000;
    private const int BytesEach = 10_000;
    private const int Sulking = 8;
    private const long MostGrowth = 64L << 20;
    private const int Crowd = 400;
    private const long MostEach = 64L << 10;
    private const long MostLeft = 24L << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Echo_ThousandConnectionsTogether_EveryByteComesBack()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %echo% = "echo"
            [services.echo]
            handler = "echo"
            max_per_network = "unlimited"
            """);
        var before = ProcFiles.Channels(daemon.Pid);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => daemon.ConnectAsync("echo")));

        // All are open before the first byte is sent. Counted by their records: a stranger that is just leaving, such as a test that had
        // this port before, has a descriptor too.
        await Deadline.UntilAsync(
            () => daemon.Log.Lines.Count(line => line.Contains("\"ConnectionStarted\"", StringComparison.Ordinal)) >= Clients,
            "a record for each client");
        await Task.WhenAll(clients.Select(async (client, number) =>
        {
            var bytes = Encoding.ASCII.GetBytes($"{number} ".PadRight(BytesEach, (char)('a' + (number % 26))));
            Assert.Equal(bytes, await client.ExchangeAsync(bytes));
            client.Dispose();
        }));

        await Deadline.UntilAsync(() => ProcFiles.Channels(daemon.Pid) <= before, "no descriptor left of any client");
    }

    [Fact]
    public async Task Echo_ClientsThatDoNotRead_CostBoundedMemory()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %echo% = "echo"
            """);
        var before = ProcFiles.ResidentBytes(daemon.Pid);
        var chunk = new byte[1 << 20];
        var sent = 0L;
        var clients = await Task.WhenAll(Enumerable.Range(0, Sulking).Select(_ => daemon.ConnectAsync("echo")));
        foreach (var client in clients)
        {
            // Until neither side takes a byte more: the daemon no longer reads.
            client.Socket.Blocking = false;
            var taken = 0L;
            var quiet = 0;
            await Deadline.UntilAsync(() =>
            {
                var more = client.Socket.Send(chunk, System.Net.Sockets.SocketFlags.None, out var error);
                taken += error == System.Net.Sockets.SocketError.Success ? more : 0;
                quiet = error == System.Net.Sockets.SocketError.WouldBlock ? quiet + 1 : 0;
                return quiet >= 10;
            }, "a daemon that stops reading");
            sent += taken;
        }

        Assert.True(sent > Sulking * (1 << 20), $"only {sent} bytes were taken by the system");
        Assert.InRange(ProcFiles.ResidentBytes(daemon.Pid) - before, long.MinValue, MostGrowth);
        foreach (var client in clients)
        {
            client.Reset();
        }
    }

    [Fact]
    public async Task Echo_ManyClientsThatDoNotRead_TakeLittleMemoryAndReturnIt()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            %echo% = { service = "echo", send_buffer = "16KiB", receive_buffer = "256KiB" }
            """);
        var before = ProcFiles.AnonymousBytes(daemon.Pid);
        var chunk = new byte[256 << 10];
        var clients = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => daemon.ConnectAsync("echo")));
        foreach (var client in clients)
        {
            (client.Socket.ReceiveBufferSize, client.Socket.SendBufferSize) = (8192, chunk.Length);
            client.Socket.Blocking = false;
        }

        // Until the system takes no byte more of any of them: none is read from any longer.
        var quiet = 0;
        await Deadline.UntilAsync(
            () =>
            {
                var taken = clients.Count(client =>
                {
                    client.Socket.Send(chunk, System.Net.Sockets.SocketFlags.None, out var error);
                    return error == System.Net.Sockets.SocketError.Success;
                });
                quiet = taken == 0 ? quiet + 1 : 0;
                return quiet >= 10;
            },
            "a daemon that stops reading",
            Patience);
        Assert.InRange(ProcFiles.AnonymousBytes(daemon.Pid) - before, long.MinValue, Crowd * MostEach);
        foreach (var client in clients)
        {
            client.Reset();
        }

        await Deadline.UntilAsync(() => ProcFiles.AnonymousBytes(daemon.Pid) < before + MostLeft, "the memory of the crowd", Patience);
    }
}
