using System.Text;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>The daemon of <c>make build</c>, with a log to a file at the default level: two records for each connection.</summary>
internal sealed class NetsuperdContender() : Contender("netsuperd", [.. Offer.Children, Offer.Echo, Offer.Datagrams])
{
    /// <inheritdoc/>
    public override Task<Preparation> PrepareAsync(Bench bench, IReadOnlyDictionary<Offer, int> ports, CancellationToken cancellation)
    {
        var map = new StringBuilder("[ports]\n");
        foreach (var (offer, port) in ports)
        {
            map.Append(
                null,
                $"\"127.0.0.1:{port}{(offer == Offer.Datagrams ? "/udp" : "")}\" = \"{(offer.Child is null ? "echo" : offer.Name)}\"\n");
        }

        foreach (var offer in ports.Keys.Where(offer => offer.Child is not null))
        {
            map.Append(null, $"[services.{offer.Name}]\nexec = [\"{bench.ChildOf(offer)}\"]\n");
            map.Append(Environment.IsPrivilegedProcess ? $"user = \"{offer.UserName}\"\n" : "");
        }

        map.Append(null, $"[log]\ntarget = \"file\"\nfile = \"{bench.Scratch["netsuperd.log"]}\"\nlines_per_source = \"unlimited\"\n");
        var file = bench.Scratch.Write("netsuperd.toml", map.ToString());
        return Task.FromResult(Preparation.Of([BuiltTree.Program, "run", "--config", file]));
    }
}
