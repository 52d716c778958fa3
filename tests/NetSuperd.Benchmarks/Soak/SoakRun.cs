using System.Globalization;
using NetSuperd.Benchmarks.Compare;

namespace NetSuperd.Benchmarks.Soak;

/// <summary>
/// A million short connections to one daemon, and datagrams between them, while its map is edited and reloaded all the while: none may
/// fail, and at the end the daemon holds no more than after the first part.
/// </summary>
/// <param name="connections">How many connections.</param>
internal sealed class SoakRun(long connections)
{
    // The first part fills pools and compiles what is hot; only what comes after it counts.
    private const double WarmUp = 0.2;
    private const int Reloads = 2;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(10);
    private static readonly Job[] Jobs = [.. Job.All.Where(job => job.Name is "echo" or "spawn" or "udp")];

    /// <summary>Runs, and prints a line for each round.</summary>
    /// <returns>0, or 1 where a connection failed or something has grown.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        await using var bench = await Bench.CreateAsync(cancellation);
        var ports = Jobs.ToDictionary(job => job, _ => FreePorts.Next());
        WriteMap(bench, ports, edit: 0);
        await using var daemon = bench.Start([BuiltTree.Program, "run", "--config", bench.Scratch["soak.toml"]], "soak.out");
        await StartedAsync(bench, daemon, cancellation);
        var (done, datagrams, failed, edits) = (0L, 0L, 0L, 0);
        Usage? before = null;
        for (var round = 0; done < connections; round++)
        {
            // Children are dearer: every fifth round is theirs, and another one the datagrams'.
            var job = Jobs.First(job => job.Name == (round % 5) switch { 4 => "spawn", 2 => "udp", _ => "echo" });
            var loading = bench.LoadAsync(job, ports[job], Round, cancellation);
            for (var i = 0; i < Reloads; i++)
            {
                WriteMap(bench, ports, ++edits);
                await Outcome.TextAsync([BuiltTree.Program, "reload", "--control", bench.Scratch["control.sock"]], cancellation);
            }

            var (rate, lost) = await loading;
            var count = (long)(rate * Round.TotalSeconds);
            (done, datagrams) = job.Use == PortUse.Datagrams ? (done, datagrams + count) : (done + count, datagrams);
            failed += lost;
            Rotate(bench);
            var usage = Usage.Of(daemon.Pid);
            before = done >= connections * WarmUp ? before ?? usage : null;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{done,9} connections, {datagrams,9} datagrams, {failed} failed, {edits,3} reloads, {usage.Resident >> 20,3} MiB, "
                + $"{usage.Descriptors,3} descriptors, {usage.Threads,3} threads"));
        }

        var grown = Usage.Of(daemon.Pid).GrownSince(before!);
        Console.WriteLine(failed > 0 ? $"{failed} failed" : grown ?? "nothing has grown");
        return failed > 0 || grown is not null ? 1 : 0;
    }

    /// <summary>The map: each edit changes a service without clients, a limit of children, and with every other edit a port.</summary>
    private static void WriteMap(Bench bench, Dictionary<Job, int> ports, int edit)
    {
        var user = Environment.IsPrivilegedProcess ? "user = \"root\"\n" : "";
        var map = $"""
            [daemon]
            control = "{bench.Scratch["control.sock"]}"
            [ports]
            {string.Join('\n', ports.Select(pair => Entry(pair.Key.Use, pair.Value)))}
            {(edit % 2 == 0 ? "" : $"\"{bench.Scratch["extra.sock"]}\" = \"echo\"")}
            [services.spawn]
            exec = ["{bench.ChildOf(PortUse.Spawn)}"]
            {user}env = {"{"} EDIT = "{edit}" {"}"}
            [log]
            target = "file"
            file = "{bench.Scratch["soak.log"]}"
            """;
        bench.Scratch.Write("soak.new", map);
        File.Move(bench.Scratch["soak.new"], bench.Scratch["soak.toml"], overwrite: true);
    }

    private static string Entry(PortUse use, int port) =>
        $"\"127.0.0.1:{port}{(use == PortUse.Datagrams ? "/udp" : "")}\" = \"{(use == PortUse.Spawn ? "spawn" : "echo")}\"";

    /// <summary>Two lines for each connection would fill the disk; cutting the file is what copytruncate of logrotate(8) does.</summary>
    private static void Rotate(Bench bench)
    {
        using var log = File.Open(bench.Scratch["soak.log"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        log.SetLength(0);
    }

    private static async Task StartedAsync(Bench bench, ServerProcess daemon, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StartTime);
        string[] status = [BuiltTree.Program, "status", "--control", bench.Scratch["control.sock"]];
        while (!daemon.HasExited && (await Outcome.OfAsync(status, "/", limit.Token)).Status != 0)
        {
            limit.Token.ThrowIfCancellationRequested();
        }

        if (daemon.HasExited)
        {
            throw new InvalidOperationException($"the daemon ended: {daemon.LastLine}");
        }
    }
}
