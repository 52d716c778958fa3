using System.Text;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>The daemon of <c>make build</c>, with a log to a file at the default level: two records for each connection.</summary>
internal sealed class NetsuperdContender() : Contender("netsuperd", [.. PortUse.Children, PortUse.Echo, PortUse.Datagrams, PortUse.Forward])
{
    /// <inheritdoc/>
    public override Task<Preparation> PrepareAsync(Bench bench, IReadOnlyDictionary<PortUse, int> ports, CancellationToken cancellation)
    {
        var map = new StringBuilder("[ports]\n");
        foreach (var (use, port) in ports)
        {
            var service = use == PortUse.Echo || use == PortUse.Datagrams ? "echo" : use.Name;
            map.Append(null, $"\"127.0.0.1:{port}{(use == PortUse.Datagrams ? "/udp" : "")}\" = \"{service}\"\n");
        }

        foreach (var use in ports.Keys.Where(use => use.Child is not null || use == PortUse.Forward))
        {
            map.Append(null, $"[services.{use.Name}]\n");
            map.Append(use.Child is null ? $"forward = \"127.0.0.1:{bench.Target}\"\n" : $"exec = [\"{bench.ChildOf(use)}\"]\n");
            map.Append(Environment.IsPrivilegedProcess ? $"user = \"{(use == PortUse.Forward ? "nobody" : use.UserName)}\"\n" : "");
        }

        map.Append(null, $"[log]\ntarget = \"file\"\nfile = \"{bench.Scratch["netsuperd.log"]}\"\nlines_per_source = \"unlimited\"\n");
        var file = bench.Scratch.Write("netsuperd.toml", map.ToString());
        return Task.FromResult(Preparation.Of([BuiltTree.Program, "run", "--config", file]));
    }
}
