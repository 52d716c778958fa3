using System.Globalization;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>The least that C can do, which is the limit and no server: <c>fixtures/limit.c</c>.</summary>
internal sealed class CLimit() : Contender("C limit", Offer.Spawn, Offer.Echo, Offer.Datagrams)
{
    /// <inheritdoc/>
    public override async Task<Preparation> PrepareAsync(Bench bench, IReadOnlyDictionary<Offer, int> ports, CancellationToken cancellation)
    {
        var program = await bench.CompileAsync("limit", [], cancellation);
        return Preparation.Of([.. ports.Select(pair => pair.Value.ToString(CultureInfo.InvariantCulture) is var port && pair.Key == Offer.Spawn
            ? (string[])[program, "spawn", port, bench.Child]
            : [program, pair.Key == Offer.Echo ? "echo" : "datagrams", port])]);
    }
}
