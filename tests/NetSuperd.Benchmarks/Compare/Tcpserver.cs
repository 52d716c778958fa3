using System.Globalization;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>tcpserver of ucspi-tcp: a process for each port, looking nothing up.</summary>
internal sealed class Tcpserver() : Contender("tcpserver", PortUse.Children)
{
    /// <inheritdoc/>
    public override async Task<Preparation> PrepareAsync(
        Bench bench, IReadOnlyDictionary<PortUse, int> ports, CancellationToken cancellation)
    {
        var package = await DebianPackage.FetchAsync("ucspi-tcp", cancellation);
        if (package.Missing is { } reason)
        {
            return Preparation.Without(reason);
        }

        return Preparation.Of([.. ports.Select(pair =>
        {
            string[] options = ["-c", "20000", "-H", "-R", "-l", "localhost", "-b", "4096"];
            string[] identity = pair.Key.AsNobody ? ["-u", PortUse.NobodyId, "-g", PortUse.NobodyId] : [];
            var port = pair.Value.ToString(CultureInfo.InvariantCulture);
            return package.Command("usr/bin/tcpserver", [.. options, .. identity, "127.0.0.1", port, bench.ChildOf(pair.Key)]);
        })]);
    }
}
