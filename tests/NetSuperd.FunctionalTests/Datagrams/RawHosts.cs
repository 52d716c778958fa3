using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Datagrams;

/// <summary>Two hosts with a cable between them: a daemon with raw sockets runs on one, packets come from the other.</summary>
internal sealed class RawHosts(NetworkNamespace server, NetworkNamespace client) : IAsyncDisposable
{
    /// <summary>The address of the server.</summary>
    public const string Server = "10.9.0.1";

    /// <summary>The addresses of the client: the one from which it sends unless it is told otherwise, and another one.</summary>
    public const string Client = "10.9.0.2", OtherClient = "10.9.0.3";

    /// <summary>
    /// Prints the source and the type of each packet of ICMP that it reads from descriptor 0, where the header of IPv4 is there as well.
    /// </summary>
    public const string Prints = """
        open(S, q(+<&=0)); $| = 1; while (recv(S, $_, 999, 0)) {
            print STDERR /^E/ ? join(q(.), unpack(q(C4), substr($_, 12, 4))) . q( ) . ord(substr($_, 20)) : q(six ) . ord, qq(\n)
        }
        """;

    // TO TYPE FROM CODE PROTOCOL: sends a packet of ICMP, or of a protocol with the same header.
    private const string Sends = """
        my ($to, $type, $from, $code, $protocol) = @ARGV;
        socket(my $s, PF_INET, SOCK_RAW, $protocol) or die $!; bind($s, sockaddr_in(0, inet_aton($from))) or die $!;
        my $packet = pack('C2 n n2', $type, $code, 0, 77, 1) . 'hello';
        my $sum = unpack('%32n*', "$packet\0"); $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
        substr($packet, 2, 2) = pack('n', ~$sum & 0xffff);
        send($s, $packet, 0, sockaddr_in(0, inet_aton($to))) or die $!;
        """;

    /// <summary>Makes the hosts.</summary>
    public static async Task<RawHosts> CreateAsync()
    {
        var hosts = new RawHosts(await NetworkNamespace.CreateAsync(), await NetworkNamespace.CreateAsync());
        await hosts.JoinAsync();
        return hosts;
    }

    /// <summary>Starts a daemon on the server.</summary>
    public Task<Daemon> StartAsync(string ports, string services, string? plugins = null) => Daemon.StartAsync(
        $"""
        [daemon]
        raw_sockets = true
        drain = "20s"
        {(plugins is null ? "" : $"plugins = \"{plugins}\"")}
        [ports]
        {ports}
        {services}
        """, new DaemonSetup { Through = server.Enter });

    /// <summary>Starts a daemon with a child that has the socket and runs a script of perl.</summary>
    public Task<Daemon> StartScriptAsync(string ports, string script, string keys = "") => StartAsync(
        ports,
        $"""
        [services.it]
        exec = ["/usr/bin/perl", "-MSocket", "-e", '''{script}''']
        user = "nobody"
        wait = true
        {keys}
        """);

    /// <summary>Pings an address of the server, which the system of the server answers.</summary>
    public async Task PingAsync(string address = Server)
    {
        var said = await client.RunAsync("busybox", "ping", "-c", "1", "-W", "20", address);
        Assert.Equal((0, ""), (said.Status, said.Errors));
    }

    /// <summary>Lets the server ping itself.</summary>
    public async Task PingItselfAsync() =>
        Assert.Equal(0, (await server.RunAsync("busybox", "ping", "-c", "1", "-W", "20", "127.0.0.1")).Status);

    /// <summary>Sends a packet of ICMP, or of a protocol with the same header, to the server.</summary>
    public async Task SendAsync(int type, string from = Client, int code = 0, int protocol = 1)
    {
        var said = await client.RunAsync("perl", "-MSocket", "-e", Sends, Server, $"{type}", from, $"{code}", $"{protocol}");
        Assert.Equal((0, ""), (said.Status, said.Errors));
    }

    /// <summary>A process of the client that prints a line, then source, type and code of each packet of ICMP that it receives.</summary>
    public RunningProcess Watch() => client.Start("perl", "-MSocket", "-e", """
        $| = 1; socket(S, PF_INET, SOCK_RAW, 1) or die $!; print qq(watching\n);
        while (recv(S, $_, 999, 0)) {
            print join('.', unpack('C4', substr($_, 12, 4))), ' ', join(' ', unpack('C2', substr($_, 20))), qq(\n);
        }
        """);

    /// <summary>The raw sockets of the server's host, as <c>/proc/net</c> lists those of a family.</summary>
    public async Task<IReadOnlyList<string>> SocketsAsync(string file = "raw") =>
        [.. (await server.RunAsync("cat", $"/proc/net/{file}")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await client.DisposeAsync();
    }

    private async Task JoinAsync()
    {
        await server.JoinAsync(client, $"{Server}/24", $"{Client}/24");
        Assert.Equal(0, (await client.RunAsync("ip", "address", "add", $"{OtherClient}/24", "dev", "cable")).Status);
        foreach (var (network, address) in new[] { (server, "fd09::1/64"), (client, "fd09::2/64") })
        {
            Assert.Equal(0, (await network.RunAsync("ip", "address", "add", address, "dev", "cable", "nodad")).Status);
        }
    }
}
