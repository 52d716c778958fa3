using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>Idle clients that come from addresses of other networks, in a network namespace, and stay until this is disposed.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    private const string Script = """
        use IO::Socket::IP;
        my ($to, $port, @from) = @ARGV;
        my @inside;
        for my $from (@from) {
            my $client = IO::Socket::IP->new(PeerHost => $to, PeerPort => $port, LocalHost => $from, Type => SOCK_STREAM)
                or die "$from: $@\n";
            syswrite($client, 'TEST');
            my $heard = '';
            while (length($heard) < 4) {
                my $count = sysread($client, my $more, 4 - length($heard));
                last unless $count;
                $heard .= $more;
            }
            push(@inside, $client) if $heard eq 'TEST';
        }
        $| = 1;
        print 'served ', scalar(@inside), "\n";
        <STDIN>;
        """;

    private readonly RunningProcess _clients;

    private Crowd(RunningProcess clients, int served) => (_clients, Served) = (clients, served);

    /// <summary>How many were served.</summary>
    public int Served { get; }

    /// <summary>Makes addresses of other networks the host's own.</summary>
    public static async Task<NetworkNamespace> InventAsync(params string[] networks)
    {
        var network = await NetworkNamespace.CreateAsync();

        // Of IPv6 only an address can be bound that an interface has (ipv6(7)), unless this says otherwise.
        Assert.Equal(0, (await network.RunAsync("sh", "-c", "echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind")).Status);
        foreach (var prefix in networks)
        {
            var made = await network.RunAsync(
                "ip", prefix.Contains(':', StringComparison.Ordinal) ? "-6" : "-4", "route", "add", "local", prefix, "dev", "lo");
            Assert.True(made.Status == 0, made.Errors);
        }

        return network;
    }

    /// <summary>Lets clients come one after the other, each from the next address.</summary>
    /// <param name="network">Where they are.</param>
    /// <param name="port">The port.</param>
    /// <param name="count">How many.</param>
    /// <param name="from">Their addresses, with a number for <c>{0}</c>.</param>
    public static async Task<Crowd> ComeAsync(NetworkNamespace network, int port, int count, string from)
    {
        var to = from.StartsWith("127.", StringComparison.Ordinal) ? "127.0.0.1"
            : from.Contains(':', StringComparison.Ordinal) ? "2001:db8:ffff::1"
            : "198.51.100.1";
        var addresses = Enumerable.Range(1, count).Select(i => string.Format(CultureInfo.InvariantCulture, from, i));
        var clients = network.Start(["/usr/bin/perl", "-e", Script, to, $"{port}", .. addresses]);
        var line = await clients.Output.FindAsync(line => line.StartsWith("served ", StringComparison.Ordinal) ? line : null, "clients");
        return new Crowd(clients, int.Parse(line["served ".Length..], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _clients.DisposeAsync();
}
