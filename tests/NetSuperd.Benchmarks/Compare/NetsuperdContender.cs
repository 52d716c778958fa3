using System.Text;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>The daemon of <c>make build</c>, with a log to a file at the default level: two records for each connection.</summary>
internal sealed class NetsuperdContender() : Contender("netsuperd", [.. PortUse.Children, PortUse.Echo, PortUse.Datagrams])
{
    /// <inheritdoc/>
    public override Task<Preparation> PrepareAsync(Bench bench, IReadOnlyDictionary<PortUse, int> ports, CancellationToken cancellation)
    {
        var map = new StringBuilder("[ports]\n");
        foreach (var (use, port) in ports)
        {
            map.Append(
                null,
                $"\"127.0.0.1:{port}{(use == PortUse.Datagrams ? "/udp" : "")}\" = \"{(use.Child is null ? "echo" : use.Name)}\"\n");
        }

        foreach (var use in ports.Keys.Where(use => use.Child is not null))
        {
            map.Append(null, $"[services.{use.Name}]\nexec = [\"{bench.ChildOf(use)}\"]\n");
            map.Append(Environment.IsPrivilegedProcess ? $"user = \"{use.UserName}\"\n" : "");
        }

        map.Append(null, $"[log]\ntarget = \"file\"\nfile = \"{bench.Scratch["netsuperd.log"]}\"\nlines_per_source = \"unlimited\"\n");
        var file = bench.Scratch.Write("netsuperd.toml", map.ToString());
        return Task.FromResult(Preparation.Of([BuiltTree.Program, "run", "--config", file]));
    }
}
