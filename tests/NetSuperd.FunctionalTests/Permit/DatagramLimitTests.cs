using System.Net;
using System.Net.Sockets;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>
/// <c>wait = true</c> on a datagram socket: what a sender over a limit has sent does not stay in the way.
/// </summary>
public sealed class DatagramLimitTests
{
    [Fact]
    public async Task Denied_Sender_IsDroppedByTheKernelAndTheNextIsServed()
    {
        await using var daemon = await StartAsync("deny = [\"127.0.0.2\"]");
        using var denied = Client(daemon, "127.0.0.2");
        using var other = Client(daemon, "127.0.0.3");
        for (var i = 1; i <= 3; i++)
        {
            denied.Send("no"u8);
            denied.Send("no"u8);
            other.Send(Encoding.ASCII.GetBytes($"word {i}"));

            Assert.Equal($"word {i}", await HearAsync(other));
        }

        var counted = await Counted.UntilAsync(daemon, "it", found => found.Ended("exited") == 3, "three children");
        Assert.Equal((0, 0, 0), (counted.Ended("refused"), counted.For("address"), counted.Live));
        await daemon.WaitForEventsAsync("ChildStarted", 3);
        Assert.DoesNotContain(daemon.Events, found => found.Name is "WaitBackoff" or "ConnectionRefused");
        Assert.Equal(0, denied.Available);
    }

    [Fact]
    public async Task RatePerSource_OfASender_LeavesTheOthersAlone()
    {
        await using var daemon = await StartAsync("rate_per_source = \"2/h\"");
        using var one = Client(daemon, "127.0.0.2");
        using var two = Client(daemon, "127.0.0.3");
        for (var i = 1; i <= 2; i++)
        {
            one.Send("one"u8);
            Assert.Equal("one", await HearAsync(one));
        }

        one.Send("one"u8);
        await Counted.UntilAsync(daemon, "it", found => found.For("source_rate") == 1, "a refusal");
        two.Send("two"u8);
        Assert.Equal("two", await HearAsync(two));
        Assert.Equal(0, one.Available);
    }

    [Fact]
    public async Task Rate_ThatIsUsedUp_LetsDatagramsWait()
    {
        await using var daemon = await StartAsync("rate = \"2/h\"");
        using var client = Client(daemon, "127.0.0.2");
        for (var i = 1; i <= 3; i++)
        {
            client.Send(Encoding.ASCII.GetBytes($"word {i}"));
        }

        Assert.Equal("word 1", await HearAsync(client));
        Assert.Equal("word 2", await HearAsync(client));
        await Counted.UntilAsync(daemon, "it", found => found.Reason == "clients wait: rate", "a datagram waits");

        daemon.Edit(map => map.Replace("2/h", "unlimited", StringComparison.Ordinal));
        await daemon.DoAsync("reload");

        Assert.Equal("word 3", await HearAsync(client));
        Assert.Equal(0, (await Counted.AskAsync(daemon, "it")).Ended("refused"));
    }

    private static Task<Daemon> StartAsync(string keys) => Daemon.StartAsync($"""
        [ports]
        "127.0.0.1:%p%/udp" = "it"
        [services.it]
        exec = ["/usr/bin/perl", "-e", 'open(S, q(+<&=0)); $from = recv(S, $_, 100, 0); send(S, $_, 0, $from)']
        wait = true
        {keys}
        """);

    private static Socket Client(Daemon daemon, string from)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        client.Connect(new IPEndPoint(IPAddress.Loopback, daemon.Port("p")));
        return client;
    }

    private static async Task<string> HearAsync(Socket client)
    {
        var buffer = new byte[100];
        using var deadline = new CancellationTokenSource(Deadline.Default);
        return Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer, SocketFlags.None, deadline.Token));
    }
}
