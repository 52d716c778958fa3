using System.Net.Sockets;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>The targets <c>journal</c> and <c>syslog</c>, with sockets of the test where the daemon looks for those services.</summary>
public sealed class LogSocketTests
{
    // The folders /run and /dev of the daemon are its own.
    private const string Places = """
        set -e
        mkdir devices
        mount --rbind /dev devices
        mount -t tmpfs tmpfs /dev
        for name in null zero random urandom; do touch /dev/$name; mount --bind devices/$name /dev/$name; done
        mount -t tmpfs tmpfs /run
        mkdir -p /run/systemd/journal
        touch /run/systemd/journal/socket /dev/log
        mount --bind journal /run/systemd/journal/socket
        mount --bind syslog /dev/log
        """;

    [Fact]
    public async Task Lines_OfTheDaemon_GoToTheJournalAndAfterAReloadToSyslog()
    {
        Privilege.Require("folders of its own");
        Socket? journal = null, syslog = null;
        await using var daemon = await Daemon.StartAsync("[ports]\n%echo% = \"echo\"\n[log]\ntarget = \"journal\"\n", new DaemonSetup
        {
            AnswersOn = "echo",
            Through = ["unshare", "--mount", .. Shell.Through(Places)],
            Prepare = scratch => (journal, syslog) = (Bind(scratch["journal"]), Bind(scratch["syslog"])),
        });
        using var ofJournal = journal;
        using var ofSyslog = syslog;
        using var client = await daemon.ConnectAsync("echo");
        await client.ExchangeAsync("TEST");

        var start = Find(journal!, $"PEER={client.Name}\n").Split('\n');
        Assert.Contains("MESSAGE_ID=5d3f0c9ab1e74c62a8e4f7d2c0b16001", start);
        Assert.Contains("SERVICE=echo", start);
        Assert.Equal("PRIORITY=6", start[0]);

        daemon.Edit(map => map.Replace("journal", "syslog", StringComparison.Ordinal));
        await daemon.DoAsync("reload");
        using var last = await daemon.ConnectAsync("echo");
        await last.ExchangeAsync("TEST");

        Assert.Matches(
            $@"\A<30>1 \S+Z \S+ netsuperd {daemon.Pid} ConnectionEnded \[netsuperd@32473 service=""echo"" connection=""\d+"" "
                + $@"peer=""{last.Name}""\] \uFEFFConnection \d+ of echo from {last.Name} closed after ",
            Find(syslog!, $" of echo from {last.Name} closed "));
        Assert.Equal("", daemon.Log.Text);
    }

    private static Socket Bind(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    /// <summary>The first datagram with this text.</summary>
    private static string Find(Socket socket, string text)
    {
        var bytes = new byte[1 << 17];
        socket.ReceiveTimeout = (int)Deadline.Default.TotalMilliseconds;
        while (true)
        {
            var datagram = Encoding.UTF8.GetString(bytes, 0, socket.Receive(bytes));
            if (datagram.Contains(text, StringComparison.Ordinal))
            {
                return datagram;
            }
        }
    }
}
