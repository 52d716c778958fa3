using System.Globalization;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>The least that C can do, which is the limit and no server: <c>fixtures/fork-limit.c</c> and <c>fixtures/limit.c</c>.</summary>
internal sealed class CLimit() : Contender("C limit", [.. PortUse.Children, PortUse.Echo, PortUse.Datagrams, PortUse.Forward])
{
    /// <inheritdoc/>
    public override async Task<Preparation> PrepareAsync(
        Bench bench, IReadOnlyDictionary<PortUse, int> ports, CancellationToken cancellation)
    {
        var forks = await bench.CompileAsync("fork-limit", Bench.WithoutLibrary, cancellation);
        string[] Command(PortUse use, string port) => use.Child is null
            ? [bench.Limit, use.Name, port, .. use == PortUse.Forward ? (string[])[$"{bench.Target}"] : []]
            : [forks, port, bench.ChildOf(use), .. use.AsNobody ? (string[])[PortUse.NobodyId] : []];
        return Preparation.Of([.. ports.Select(pair => Command(pair.Key, pair.Value.ToString(CultureInfo.InvariantCulture)))]);
    }
}
