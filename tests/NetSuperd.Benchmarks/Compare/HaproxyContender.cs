namespace NetSuperd.Benchmarks.Compare;

/// <summary>HAProxy with one thread, without a log.</summary>
internal sealed class HaproxyContender() : Contender("haproxy", PortUse.Forward)
{
    /// <inheritdoc/>
    public override async Task<Preparation> PrepareAsync(
        Bench bench, IReadOnlyDictionary<PortUse, int> ports, CancellationToken cancellation)
    {
        var package = await DebianPackage.FetchAsync("haproxy", cancellation);
        if (package.Missing is { } reason)
        {
            return Preparation.Without(reason);
        }

        var file = bench.Scratch.Write(
            "haproxy.cfg",
            "global\n nbthread 1\n maxconn 4000\ndefaults\n mode tcp\n option splice-auto\n"
            + " timeout connect 5s\n timeout client 60s\n timeout server 60s\n"
            + $"listen forward\n bind 127.0.0.1:{ports[PortUse.Forward]}\n server target 127.0.0.1:{bench.Target}\n");
        return Preparation.Of(package.Command("usr/sbin/haproxy", "-f", file, "-db"));
    }
}
