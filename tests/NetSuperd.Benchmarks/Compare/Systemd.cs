namespace NetSuperd.Benchmarks.Compare;

/// <summary>
/// systemd with socket units of <c>Accept=yes</c>: the installed one, as process 1 of namespaces of its own. It has no units but these and
/// writes no log, which is quicker than a whole system: no journal, and no bus that hears of every unit. What forwards is its
/// systemd-socket-proxyd.
/// </summary>
internal sealed class Systemd() : Contender("systemd", [.. PortUse.Children, PortUse.Forward])
{
    /// <inheritdoc/>
    public override Task<Preparation> PrepareAsync(Bench bench, IReadOnlyDictionary<PortUse, int> ports, CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists("/lib/systemd/systemd"))
        {
            return Task.FromResult(Preparation.Without(
                Environment.IsPrivilegedProcess ? "the package systemd is not installed" : "booting it in namespaces needs root"));
        }

        var children = ports.Where(pair => pair.Key.Child is not null).ToList();

        // Every service depends on these by default; empty, they cost what they cost on any system and start nothing.
        foreach (var target in (string[])["sysinit", "basic", "sockets", "shutdown"])
        {
            Write(bench, $"{target}.target", "[Unit]\nDefaultDependencies=no\n");
        }

        Write(
            bench, "bench.target",
            $"[Unit]\nDefaultDependencies=no\nWants={string.Join(' ', children.Select(pair => $"{pair.Key.Name}.socket"))}\n");
        foreach (var (use, port) in children)
        {
            Write(bench, $"{use.Name}.socket",
                $"[Socket]\nListenStream=127.0.0.1:{port}\nAccept=yes\nMaxConnections=10000\nTriggerLimitIntervalSec=0\n");
            Write(bench, $"{use.Name}@.service",
                "[Unit]\nCollectMode=inactive-or-failed\nStartLimitIntervalSec=0\n"
                + $"[Service]\nExecStart={bench.ChildOf(use)}\nStandardInput=socket\nStandardOutput=socket\n"
                + $"{(use.AsNobody ? "User=nobody\n" : "")}");
        }

        string[][] boot = children.Count == 0 ? [] : [["sh", Bench.Fixture("systemd.sh"), bench.Scratch["units"]]];
        string[][] forward = !ports.TryGetValue(PortUse.Forward, out var own) ? [] :
        [
            ["systemd-socket-activate", "-l", $"127.0.0.1:{own}",
                "/lib/systemd/systemd-socket-proxyd", "--connections-max=10000", $"127.0.0.1:{bench.Target}"],
        ];
        return Task.FromResult(Preparation.Of([.. boot, .. forward]));
    }

    private static void Write(Bench bench, string unit, string text) => bench.Scratch.Write($"units/{unit}", text);
}
