using System.Text;
using NetSuperd.FunctionalTests.Harness;
using NetSuperd.FunctionalTests.Permit;

namespace NetSuperd.FunctionalTests.Classic;

/// <summary>The classic services by TCP, sentence by sentence of their RFCs.</summary>
[OnWindows]
public sealed class ClassicStreamTests(ClassicDaemon classic) : IClassFixture<ClassicDaemon>
{
    private const int LineBytes = 74;

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    private Daemon Daemon => classic.Daemon;

    [Fact]
    public async Task Chargen_Lines_AreTheRingOfPrintingCharacters()
    {
        using var client = await Daemon.ConnectAsync("chargen");
        var bytes = await client.ReceiveAsync(LineBytes * 2000);

        // RFC 864: 72 chracters of the ring of 95 a line, beginning one character further each time, then CR LF.
        for (var line = 0; line < 2000; line++)
        {
            var expected = string.Concat(Enumerable.Range(line, 72).Select(place => (char)(' ' + (place % 95)))) + "\r\n";
            Assert.Equal(expected, Encoding.ASCII.GetString(bytes, line * LineBytes, LineBytes));
        }
    }

    [Fact]
    public async Task Chargen_WhatIsReceived_IsThrownAway()
    {
        // RFC 864: any data received is thrown away. A client that only writes would be stopped by a server that does not read.
        using var client = await Daemon.ConnectAsync("chargen");
        for (var i = 0; i < 200; i++)
        {
            await client.SendAsync(new byte[100_000]);
        }

        Assert.Equal(LineBytes, (await client.ReceiveAsync(LineBytes)).Length);
    }

    [Fact]
    public async Task Chargen_AfterAHalfClose_ContinuesSending()
    {
        using var client = await Daemon.ConnectAsync("chargen");
        client.Finish();

        Assert.Equal(5_000_000, (await client.ReceiveAsync(5_000_000)).Length);
    }

    [Fact]
    public async Task Chargen_ClientsThatNeverRead_CostBoundedMemory()
    {
        var clients = new List<TcpPeer>();
        for (var i = 0; i < 10; i++)
        {
            clients.Add(await Daemon.ConnectAsync("chargen"));
        }

        var before = ProcFiles.ResidentBytes(Daemon.Pid);
        for (var i = 0; i < 100; i++)
        {
            clients.Add(await Daemon.ConnectAsync("chargen"));
        }

        // Each is full when the system has taken what it takes.
        await Deadline.UntilAsync(() => clients.TrueForAll(client => client.Socket.Available > 100_000), "full queues");
        Assert.InRange(ProcFiles.ResidentBytes(Daemon.Pid) - before, long.MinValue, 16 << 20);

        // RFC 864: the service must be prepared to have its connection aborted rudely.
        clients.ForEach(client => client.Reset());
        using var other = await Daemon.ConnectAsync("chargen");
        Assert.Equal(LineBytes, (await other.ReceiveAsync(LineBytes)).Length);
    }

    [Fact]
    public async Task Discard_Bytes_AreThrownAwayWithoutAnAnswerUntilTheEnd()
    {
        // RFC 863: any data received is thrown away. No response is sent. This continues until the calling user terminates the connection.
        using var client = await Daemon.ConnectAsync("discard");
        await client.SendAsync(new byte[5_000_000]);
        Assert.Equal(0, client.Socket.Available);
        client.Finish();
        Assert.Empty(await client.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Echo_EveryByte_ComesBackAndTheRestAfterTheEnd()
    {
        // RFC 862: any data received is sent back, until the calling user terminates the connection.
        var bytes = Enumerable.Range(0, 256).Select(number => (byte)number).ToArray();
        using var client = await Daemon.ConnectAsync("echo");
        await client.SendAsync(bytes);
        client.Finish();

        Assert.Equal(bytes, await client.ReceiveToEndAsync());
    }

    [Fact]
    public async Task Daytime_Answer_IsOneLineOfNow()
    {
        // RFC 867: the current date and time is sent out as a ascii character string; the service closes the connection after sending it.
        var line = await OnceAsync("daytime");
        Assert.EndsWith("\r\n", line, StringComparison.Ordinal);
        var time = DateTime.ParseExact(
            line.TrimEnd().Replace("  ", " ", StringComparison.Ordinal), "ddd MMM d HH:mm:ss yyyy",
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange((DateTime.Now - time).Duration(), TimeSpan.Zero, Tolerance);
    }

    [Fact]
    public async Task Time_Answer_IsFourBytesOfNow()
    {
        // RFC 868: S: send the time as a 32 bit binary number; close the connection.
        using var client = await Daemon.ConnectAsync("time");
        var bytes = await client.ReceiveToEndAsync();
        Assert.Equal(4, bytes.Length);
        Assert.InRange((DateTime.UtcNow - TimeOf(bytes)).Duration(), TimeSpan.Zero, Tolerance);
    }

    [Fact]
    public async Task Qotd_Answer_IsAShortMessage()
    {
        // RFC 865: a short message is sent out the connection; the service closes the connection after sending the quote.
        var quote = await OnceAsync("qotd");
        Assert.InRange(quote.Length, 3, 511);
        Assert.EndsWith("\r\n", quote, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Systat_Answer_ListsTheConnections()
    {
        // RFC 866: a list of the currently active users is sent out the connection; one user per line.
        using var user = await Daemon.ConnectAsync("echo");
        Assert.Equal("x", await user.TalkAsync("x"));
        await Deadline.UntilAsync(
            () => OnceAsync("systat"), list => list.Contains("echo ", StringComparison.Ordinal), "a list that has the connection");

        Assert.DoesNotContain(user.Name, await OnceAsync("systat"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Netstat_Answer_ListsSocketsAndNoPeers()
    {
        using var user = await Daemon.ConnectAsync("echo");
        Assert.Equal("x", await user.TalkAsync("x"));
        var lines = (await OnceAsync("netstat")).Split("\r\n");

        Assert.Contains(
            lines, line =>
                line.StartsWith("tcp ", StringComparison.Ordinal)
                    && line.Contains($"0.0.0.0:{Daemon.Port("echo")} ", StringComparison.Ordinal));
        Assert.Contains(
            lines, line =>
                line.StartsWith("udp ", StringComparison.Ordinal)
                    && line.Contains($"[::]:{Daemon.Port("chargen")} ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains(user.Name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("daytime")]
    [InlineData("time")]
    [InlineData("qotd")]
    [InlineData("systat")]
    [InlineData("netstat")]
    public async Task OneShot_WhatWasSentBefore_IsThrownAwayAndTheEndIsOrderly(string service)
    {
        // RFCs 865 to 868: any data received is thrown away. Unread bytes would make the system reset the connection, answer and all.
        using var client = await Daemon.ConnectAsync(service);
        try
        {
            await client.SendAsync(new byte[30_000]);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The daemon has answered and gone already.
        }

        Assert.True((await client.ReceiveToEndAsync()).Length >= (service == "systat" ? 0 : 4));
    }

    [Theory]
    [InlineData("daytime")]
    [InlineData("time")]
    [InlineData("qotd")]
    public async Task OneShot_ThousandsOfTimes_LeavesNoDescriptor(string service)
    {
        await OnceAsync(service);
        await Counted.UntilAsync(Daemon, service, found => found.Daemon.Connections == 0, "no connection");
        var before = ProcFiles.Channels(Daemon.Pid);
        for (var i = 0; i < 30; i++)
        {
            var clients = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Daemon.ConnectAsync(service)));
            foreach (var client in clients)
            {
                Assert.NotEmpty(await client.ReceiveToEndAsync());
                client.Dispose();
            }
        }

        await Deadline.UntilAsync(() => ProcFiles.Channels(Daemon.Pid) <= before, "no descriptor left of any client");
    }

    internal static DateTime TimeOf(byte[] bytes) => new DateTime(1900, 1, 1, 0, 0, 0, DateTimeKind.Utc)
        .AddSeconds(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes));

    private async Task<string> OnceAsync(string service)
    {
        using var client = await Daemon.ConnectAsync(service);
        return await client.ReadToEndAsync();
    }
}
