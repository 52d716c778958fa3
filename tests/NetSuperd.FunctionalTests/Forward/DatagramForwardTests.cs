using System.Net;
using System.Security.Cryptography;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Forward;

/// <summary>Datagrams that are forwarded to another server: each client has a session.</summary>
public sealed class DatagramForwardTests(SessionDaemon forward) : IClassFixture<SessionDaemon>
{
    [Fact]
    public async Task Session_OfAClient_HasOneSocketAtTheTargetAndIsShown()
    {
        using var client = forward.Client("plain");
        using var other = forward.Client("plain");

        var from = await forward.Target.TalkAsync(client, "first");
        Assert.Equal(from, await forward.Target.TalkAsync(client, "second"));
        Assert.NotEqual(from, await forward.Target.TalkAsync(other, "other"));

        var shown = (await forward.SessionAsync(client, "plain"))!;
        Assert.Equal(("UDP", $"127.0.0.1:{forward.Daemon.Port("plain")}", $"127.0.0.1:{forward.Target.Port}"),
            (shown.Protocol, shown.Local, shown.Target));
        Assert.Contains(client.Name, await forward.Daemon.AskedAsync("connections"), StringComparison.Ordinal);
        await forward.Daemon.DoAsync("abort", id: shown.Id);
        var (start, end) = await forward.Daemon.WaitForRecordAsync(client.Name, shown.Local);
        Assert.Equal(("ConnectionStarted", "aborted", shown.Target), (start.Name, end["End"], end["Target"]));
        Assert.Equal(("11", "11"), (end["BytesReceived"], end["BytesSent"]));

        // The next datagram begins another session.
        Assert.NotEqual(from, await forward.Target.TalkAsync(client, "again"));
        Assert.NotEqual(shown.Id, (await forward.SessionAsync(client, "plain"))!.Id);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1400)]
    [InlineData(65_507)]
    public async Task Datagram_OfAnyLength_IsForwardedAsItIs(int length)
    {
        using var client = forward.Client("plain");
        var sent = RandomNumberGenerator.GetBytes(length);

        var answer = client.AskAsync(sent);
        await forward.Target.EchoAsync();

        Assert.Equal(sent, await answer);
    }

    [Fact]
    public async Task Answer_LeavesFromTheAddressToWhichTheClientHasSent()
    {
        // A connected client hears nothing from another address.
        using var client = DatagramPeer.Of(forward.Daemon.Port("plain"), to: "127.0.0.7", from: "127.0.0.3");
        using var ofIPv6 = DatagramPeer.Of(forward.Daemon.Port("plain"), to: "::1");

        await forward.Target.TalkAsync(client, "word");
        await forward.Target.TalkAsync(ofIPv6, "word");

        Assert.Equal($"127.0.0.7:{forward.Daemon.Port("plain")}", (await forward.SessionAsync(client, "plain"))!.Local);
    }

    [Fact]
    public async Task Target_ThatAnswersMoreThanItWasAsked_IsHeard()
    {
        using var client = forward.Client("plain");
        client.Send("?"u8.ToArray());
        var (_, from) = await forward.Target.HearAsync();

        // Far more than the answers of built-ins may have.
        var answer = RandomNumberGenerator.GetBytes(60_000);
        for (var i = 0; i < 20; i++)
        {
            forward.Target.Send(answer, from);
            Assert.Equal(answer, await client.HearAsync());
        }
    }

    [Fact]
    public async Task Target_ThatIsDead_LeavesTheDatagramToTheNextOne()
    {
        using var client = forward.Client("list");

        await forward.Target.TalkAsync(client, "word");

        var failed = await forward.Daemon.WaitForEventAsync("TargetFailed", found => found["Service"] == "list");
        Assert.Equal(($"127.0.0.1:{forward.DeadPort}", "Connection refused"), (failed["Target"], failed["Reason"]));
        Assert.Equal($"127.0.0.1:{forward.Target.Port}", (await forward.SessionAsync(client, "list"))!.Target);
    }

    [Fact]
    public async Task Targets_ThatAreAllDead_EndTheSessionAsUnreachable()
    {
        using var client = forward.Client("none");
        client.Send("word"u8.ToArray());

        Assert.Equal("unreachable", (await forward.Daemon.WaitForRecordAsync(client.Name)).End["End"]);
    }

    [Fact]
    public async Task Target_ByNameAndWithASource_IsReachedFromThatAddress()
    {
        using var client = forward.Client("named");

        Assert.Equal(IPAddress.Parse("127.0.0.5"), ((IPEndPoint)await forward.Target.TalkAsync(client, "word")).Address);
    }

    [Fact]
    public async Task Target_ThatIsAUnixSocket_IsReachedAndAnswers()
    {
        using var target = new DatagramTarget(forward.UnixName);
        using var client = forward.Client("unix");

        await target.TalkAsync(client, "word");
    }

    [Fact]
    public async Task IdleTimeout_OfTheService_EndsTheSession()
    {
        using var client = forward.Client("brief");
        await forward.Target.TalkAsync(client, "word");
        var id = (await forward.SessionAsync(client, "brief"))!.Id;

        var end = await forward.Daemon.WaitForEventAsync("ConnectionTimedOut", found => found["ConnectionId"] == $"{id}");

        Assert.Equal("idle_timeout", end["Reason"]);
        await forward.Target.TalkAsync(client, "again");
    }

    [Fact]
    public async Task Server_OfTheDns_IsAskedByDatagramAndByStream()
    {
        await using var server = RunningProcess.Start(
            "/usr/sbin/dnsmasq",
            [
                "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file", "--bind-interfaces",
                "--log-facility=-", "--listen-address=127.0.0.1", $"--port={forward.DnsPort}", "--address=/example.org/192.0.2.53",
            ]);
        await server.Errors.FindAsync(line => line.Contains("started", StringComparison.Ordinal) ? line : null, "dnsmasq has started");
        byte[] address = [192, 0, 2, 53];

        // Each question of a resolver comes from another port.
        for (ushort id = 1; id <= 20; id++)
        {
            using var client = forward.Client("dns");
            var answer = await client.AskAsync(Question(id));
            Assert.Equal((id >> 8, id & 0xFF), (answer[0], answer[1]));
            Assert.Equal(address, answer[^4..]);
        }

        using var stream = await forward.Daemon.ConnectAsync("dns");
        byte[] question = [0, (byte)Question(1).Length, .. Question(1)];
        await stream.Socket.SendAsync(question);
        var length = await stream.ReceiveAsync(2);
        Assert.Equal(address, (await stream.ReceiveAsync((length[0] << 8) + length[1]))[^4..]);
    }

    [Fact]
    public async Task Limit_OfTheService_ReplacesTheClientsThatHaveNotComeBack()
    {
        using var fresh = forward.Client("few");
        await forward.Target.TalkAsync(fresh, "once");
        var replaced = (await forward.SessionAsync(fresh, "few"))!.Id;
        var loyal = await ComeBackAsync("few", 3);

        for (var i = 0; i < 10; i++)
        {
            using var next = forward.Client("few");
            await forward.Target.TalkAsync(next, $"{i}");
        }

        Assert.Equal("replaced", (await forward.Daemon.WaitForEndAsync($"{replaced}"))["End"]);
        Assert.Equal(4, (await forward.Daemon.StatusAsync()).Service("few").Use("max_connections").Used);
        foreach (var (client, from) in loyal)
        {
            using (client)
            {
                Assert.Equal(from, await forward.Target.TalkAsync(client, "again"));
            }
        }
    }

    [Fact]
    public async Task Limit_OfTheService_HasAPlaceForANewClient_HoweverManyComeBack()
    {
        // Their addresses may be forged, and so what they send after an answer.
        var loyal = await ComeBackAsync("full", 4);
        using var fresh = forward.Client("full");

        await forward.Target.TalkAsync(fresh, "first");

        Assert.Null(await forward.SessionAsync(loyal[0].Client, "full"));
        foreach (var (client, from) in loyal.Skip(1))
        {
            Assert.Equal(from, await forward.Target.TalkAsync(client, "again"));
        }

        loyal.ForEach(each => each.Client.Dispose());
    }

    [Fact]
    public async Task Limit_OfASource_LeavesTheOtherSourcesAlone()
    {
        using var other = forward.Client("two", from: "127.0.0.8");
        await forward.Target.TalkAsync(other, "other");
        var id = (await forward.SessionAsync(other, "two"))!.Id;

        for (var i = 0; i < 10; i++)
        {
            using var client = forward.Client("two");
            await forward.Target.TalkAsync(client, $"{i}");
        }

        var live = (await forward.Daemon.ConnectionsAsync()).Where(live => live.Service == "two").ToList();
        Assert.Equal((3, id), (live.Count, live[0].Id));
    }

    [Fact]
    public async Task Limit_OfASource_WithConnections_LeavesTheSessionsOfOthersAlone()
    {
        using var listener = ForwardDaemon.Listen(new IPEndPoint(IPAddress.Loopback, forward.Target.Port));
        using var other = forward.Client("both", from: "127.0.0.8");
        await forward.Target.TalkAsync(other, "other");
        using var first = await forward.Daemon.ConnectAsync("both");
        using var second = await forward.Daemon.ConnectAsync("both");
        await forward.Daemon.StatusAsync(status => status.Service("both").Live == 3, "both connections are served");

        using var client = forward.Client("both");
        client.Send("word"u8.ToArray());

        var refused = await forward.Daemon.WaitForEventAsync("DatagramRefused", found => found["Peer"] == client.Name);
        Assert.Equal("source_limit", refused["Reason"]);
        Assert.NotNull(await forward.SessionAsync(other, "both"));
    }

    [Fact]
    public async Task Flood_OfSources_LeavesAClientThatComesBackItsSession()
    {
        using var client = forward.Client("plain");
        await forward.Target.TalkAsync(client, "first");
        await forward.Target.TalkAsync(client, "second");
        var id = (await forward.SessionAsync(client, "plain"))!.Id;

        for (var i = 0; i < 3000; i++)
        {
            using var stranger = forward.Client("plain", from: $"127.3.{i / 250}.{1 + (i % 250)}");
            await forward.Target.TalkAsync(stranger, "x");
        }

        await forward.Target.TalkAsync(client, "third");
        Assert.Equal(id, (await forward.SessionAsync(client, "plain"))!.Id);
        var status = (await forward.Daemon.StatusAsync()).Service("plain");
        Assert.InRange(status.Live, 400, 1000);
        Assert.True(status.Ends["replaced"] >= 2000);
    }

    [Fact]
    public async Task Client_ThatIsDenied_HasNoSession()
    {
        using var denied = forward.Client("closed", from: "127.0.0.9");
        using var client = forward.Client("closed");

        denied.Send("word"u8.ToArray());
        await forward.Target.TalkAsync(client, "word");

        var refused = await forward.Daemon.WaitForEventAsync("DatagramRefused", found => found["Peer"] == denied.Name);
        Assert.Equal("address", refused["Reason"]);
        Assert.Null(await forward.SessionAsync(denied, "closed"));
    }

    /// <summary>Clients that send again after an answer, and from where the target hears each.</summary>
    private async Task<List<(DatagramPeer Client, EndPoint From)>> ComeBackAsync(string service, int count)
    {
        var clients = new List<(DatagramPeer, EndPoint)>();
        for (var i = 0; i < count; i++)
        {
            var client = forward.Client(service);
            await forward.Target.TalkAsync(client, "first");
            clients.Add((client, await forward.Target.TalkAsync(client, "second")));
        }

        return clients;
    }

    /// <summary>A question for the address of a name (RFC 1035, 4.1).</summary>
    private static byte[] Question(ushort id) =>
    [
        (byte)(id >> 8), (byte)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
        7, .. Encoding.ASCII.GetBytes("example"), 3, .. Encoding.ASCII.GetBytes("org"), 0,
        0, 1, 0, 1,
    ];
}
