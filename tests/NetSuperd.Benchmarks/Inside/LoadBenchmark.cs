using BenchmarkDotNet.Attributes;
using NetSuperd.Linux;
using NetSuperd.Server.Config.Loading;

namespace NetSuperd.Benchmarks.Inside;

/// <summary>The whole load of a map, from its file to the snapshot.</summary>
[MemoryDiagnoser]
public class LoadBenchmark : IDisposable
{
    private readonly Scratch _scratch = new();
    private LoadRequest _request = null!;

    /// <summary>How many ports the map has; every other one has a child.</summary>
    [Params(1, 1000)]
    public int Ports { get; set; }

    /// <summary>Writes the map.</summary>
    [GlobalSetup]
    public void Write()
    {
        var ports = Enumerable.Range(0, Ports).Select(index => $"{10_000 + index} = \"{(index % 2 == 0 ? "echo" : "child")}\"\n");
        var text = $"[ports]\n{string.Concat(ports)}\n[services.child]\nexec = [\"/bin/true\"]\nuser = \"nobody\"\n";
        _request = new LoadRequest
        {
            Host = new LinuxHost(),
            File = _scratch.Write("map.toml", text),
            ToRun = false,
            IsRoot = Environment.IsPrivilegedProcess,
            DefaultPlugins = _scratch["plugins"],
            ExecHelper = "/bin/true",
        };
        if (Load().HasErrors)
        {
            throw new InvalidOperationException(string.Join('\n', Load().Problems));
        }
    }

    /// <summary>Loads it.</summary>
    [Benchmark]
    public LoadResult Load() => MapLoader.Load(_request);

    /// <inheritdoc/>
    [GlobalCleanup]
    public void Dispose()
    {
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }
}
