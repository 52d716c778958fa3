using System.Text;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>xinetd with its limits off and without a log. Its own echo forks for each connection.</summary>
internal sealed class Xinetd() : Contender("xinetd", [.. PortUse.Children, PortUse.Echo, PortUse.Forward])
{
    /// <inheritdoc/>
    public override async Task<Preparation> PrepareAsync(
        Bench bench, IReadOnlyDictionary<PortUse, int> ports, CancellationToken cancellation)
    {
        var package = await DebianPackage.FetchAsync("xinetd", cancellation);
        if (package.Missing is { } reason)
        {
            return Preparation.Without(reason);
        }

        var text = new StringBuilder(
            "defaults\n{\n instances = UNLIMITED\n per_source = UNLIMITED\n cps = 1000000 1\n bind = 127.0.0.1\n}\n");
        foreach (var (use, port) in ports)
        {
            text.Append(null, $"service {use.Name}\n{{\n id = {use.Name}\n port = {port}\n user = {use.UserName}\n");
            text.Append(" socket_type = stream\n protocol = tcp\n wait = no\n");
            text.Append(use == PortUse.Forward
                ? $" type = UNLISTED\n redirect = 127.0.0.1 {bench.Target}\n}}\n"
                : use.Child is null
                ? " type = INTERNAL UNLISTED\n}\n"
                : $" type = UNLISTED\n server = {bench.ChildOf(use)}\n}}\n");
        }

        return Preparation.Of(package.Command("usr/sbin/xinetd",
            "-f", bench.Scratch.Write("xinetd.conf", text.ToString()), "-dontfork", "-pidfile", bench.Scratch["xinetd.pid"], "-filelog",
            "/dev/null"));
    }
}
