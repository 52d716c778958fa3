using System.Globalization;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>Where everything is measured: a folder, the programs that make the load and bear it, and a network.</summary>
internal sealed class Bench : IAsyncDisposable
{
    /// <summary>The flags of a program without a C library.</summary>
    public static readonly string[] WithoutLibrary =
        ["-ffreestanding", "-nostdlib", "-static", "-fno-pie", "-no-pie", "-fno-stack-protector", "-Wl,-z,noexecstack"];

    // A load ends by itself; one that does not is stuck.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private readonly List<ServerProcess> _targets = [];
    private Network _network = Network.OfMachine;
    private string _load = "";

    private Bench(Scratch scratch) => Scratch = scratch;

    /// <summary>A folder that every user can enter: the child runs as the user nobody.</summary>
    public Scratch Scratch { get; }

    /// <summary>The program of <c>fixtures/limit.c</c>.</summary>
    public string Limit => Scratch["limit"];

    /// <summary>The port of a server that echoes, to which others forward.</summary>
    public int Target { get; } = FreePorts.Next();

    /// <summary>Compiles the programs and makes the network.</summary>
    public static async Task<Bench> CreateAsync(CancellationToken cancellation)
    {
        var scratch = new Scratch();
        File.SetUnixFileMode(scratch.Folder, (UnixFileMode)Convert.ToInt32("755", 8));
        var bench = new Bench(scratch);
        try
        {
            await bench.CompileAsync("child", ["-static"], cancellation);
            await bench.CompileAsync("bare", WithoutLibrary, cancellation);
            bench._load = await bench.CompileAsync("load", [], cancellation);
            await bench.CompileAsync("limit", [], cancellation);
            bench._network = await Network.CreateAsync(scratch, cancellation);
            bench._targets.Add(bench.Start([bench.Limit, "echo", $"{bench.Target}"], "target.out"));
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    /// <summary>The path of a fixture.</summary>
    public static string Fixture(string name) => Path.Combine(BuiltTree.Repository, "tests/NetSuperd.Benchmarks/fixtures", name);

    /// <summary>The program that a server runs for each connection.</summary>
    public string ChildOf(PortUse use) => Scratch[use.Child ?? throw new ArgumentException($"{use.Name} has no child")];

    /// <summary>Compiles <c>fixtures/NAME.c</c>.</summary>
    /// <returns>The path of the program.</returns>
    public async Task<string> CompileAsync(string name, string[] flags, CancellationToken cancellation)
    {
        string[] compiler = ["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", .. flags];
        await Outcome.TextAsync([.. compiler, "-o", Scratch[name], Fixture(name + ".c")], cancellation);
        return Scratch[name];
    }

    /// <summary>Starts a server in the network.</summary>
    public ServerProcess Start(string[] command, string log) => ServerProcess.Start([.. _network.Enter, .. command], Scratch[log]);

    /// <summary>Does a job on a port for a time.</summary>
    /// <returns>The rate per second and the number of connections that failed.</returns>
    public async Task<(double Rate, long Failed)> LoadAsync(Job job, int port, TimeSpan time, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(time + Grace);
        var numbers = string.Create(CultureInfo.InvariantCulture, $"{port} {job.Connections} {job.Bytes} {time.TotalSeconds}");
        var said = (await Outcome.TextAsync([.. _network.Enter, _load, job.Mode, .. numbers.Split(' ')], limit.Token)).Split(' ');
        return (double.Parse(said[0], CultureInfo.InvariantCulture), long.Parse(said[1], CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var target in _targets)
        {
            await target.DisposeAsync();
        }

        await _network.DisposeAsync();
        Scratch.Dispose();
    }
}
