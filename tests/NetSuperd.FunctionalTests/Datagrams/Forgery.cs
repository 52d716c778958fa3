using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Datagrams;

/// <summary>Datagrams with the address of another host as their source: their headers are written here.</summary>
internal static class Forgery
{
    // FROM PORT TO PORT COUNT; a FROM of 0 is another address of IPv4 each time.
    private const string Script = """
        use Socket qw(:DEFAULT inet_pton inet_ntop pack_sockaddr_in6 AF_INET6 PF_INET6);
        my ($from, $from_port, $to, $to_port, $count) = @ARGV;
        my $six = $to =~ /:/;
        socket(my $s, $six ? PF_INET6 : PF_INET, SOCK_RAW, 255) or die $!;
        my $data = 'x' x 32;
        my $length = 8 + length $data;
        for my $i (1 .. $count) {
            my $packet;
            if ($six) {
                my ($source, $target) = (inet_pton(AF_INET6, $from), inet_pton(AF_INET6, $to));
                my $udp = pack('n4', $from_port, $to_port, $length, 0) . $data;
                my $sum = unpack '%32n*', $source . $target . pack('N2', $length, 17) . $udp;
                $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
                substr $udp, 6, 2, pack 'n', ~$sum & 0xffff;
                $packet = pack('N n C2 a16 a16', 6 << 28, $length, 17, 64, $source, $target) . $udp;
            } else {
                my $address = $from eq '0' ? join '.', 11, ($i >> 16) & 255, ($i >> 8) & 255, $i & 255 : $from;
                $packet = pack('C2 n3 C2 n a4 a4 n4', 0x45, 0, 20 + $length, $i & 0xffff, 0, 64, 17, 0,
                    inet_aton($address), inet_aton($to), $from_port, $to_port, $length, 0) . $data;
            }
            my $way = $six ? pack_sockaddr_in6(0, inet_pton(AF_INET6, $to)) : sockaddr_in($to_port, inet_aton($to));
            send($s, $packet, 0, $way) or die $!;
        }
        """;

    /// <summary>Sends them from a network.</summary>
    public static async Task SendAsync(NetworkNamespace network, string from, int fromPort, string to, int toPort, int count = 1)
    {
        var sent = await network.RunAsync("perl", "-e", Script, from, $"{fromPort}", to, $"{toPort}", $"{count}");
        Assert.Equal((0, ""), (sent.Status, sent.Errors));
    }
}
