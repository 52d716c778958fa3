namespace NetSuperd.Benchmarks.Compare;

/// <summary>OpenBSD's inetd with its rate limit off.</summary>
internal sealed class OpenbsdInetd() : Contender("openbsd-inetd", PortUse.Children)
{
    /// <inheritdoc/>
    public override async Task<Preparation> PrepareAsync(
        Bench bench, IReadOnlyDictionary<PortUse, int> ports, CancellationToken cancellation)
    {
        var package = await DebianPackage.FetchAsync("openbsd-inetd", cancellation);
        if (package.Missing is { } reason)
        {
            return Preparation.Without(reason);
        }

        var lines = ports.Select(pair =>
            $"127.0.0.1:{pair.Value} stream tcp nowait.1000000 {pair.Key.UserName} {bench.ChildOf(pair.Key)} {pair.Key.Child}\n");
        return Preparation.Of(package.Command("usr/sbin/inetd", "-i", "-R", "0", bench.Scratch.Write("inetd.conf", string.Concat(lines))));
    }
}
