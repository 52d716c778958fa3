namespace NetSuperd.Benchmarks.Compare;

/// <summary>
/// systemd with socket units of <c>Accept=yes</c>: the installed one, as process 1 of namespaces of its own. It has no units but these and
/// writes no log, which is quicker than a whole system: no journal, and no bus that hears of every unit.
/// </summary>
internal sealed class Systemd() : Contender("systemd", PortUse.Children)
{
    /// <inheritdoc/>
    public override Task<Preparation> PrepareAsync(Bench bench, IReadOnlyDictionary<PortUse, int> ports, CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists("/lib/systemd/systemd"))
        {
            return Task.FromResult(Preparation.Without(
                Environment.IsPrivilegedProcess ? "the package systemd is not installed" : "booting it in namespaces needs root"));
        }

        // Every service depends on these by default; empty, they cost what they cost on any system and start nothing.
        foreach (var target in (string[])["sysinit", "basic", "sockets", "shutdown"])
        {
            Write(bench, $"{target}.target", "[Unit]\nDefaultDependencies=no\n");
        }

        Write(
            bench, "bench.target",
            $"[Unit]\nDefaultDependencies=no\nWants={string.Join(' ', ports.Keys.Select(use => $"{use.Name}.socket"))}\n");
        foreach (var (use, port) in ports)
        {
            Write(bench, $"{use.Name}.socket",
                $"[Socket]\nListenStream=127.0.0.1:{port}\nAccept=yes\nMaxConnections=10000\nTriggerLimitIntervalSec=0\n");
            Write(bench, $"{use.Name}@.service",
                "[Unit]\nCollectMode=inactive-or-failed\nStartLimitIntervalSec=0\n"
                + $"[Service]\nExecStart={bench.ChildOf(use)}\nStandardInput=socket\nStandardOutput=socket\n"
                + $"{(use.AsNobody ? "User=nobody\n" : "")}");
        }

        return Task.FromResult(Preparation.Of(["sh", Bench.Fixture("systemd.sh"), bench.Scratch["units"]]));
    }

    private static void Write(Bench bench, string unit, string text) => bench.Scratch.Write($"units/{unit}", text);
}
