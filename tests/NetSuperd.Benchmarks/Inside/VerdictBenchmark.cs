using BenchmarkDotNet.Attributes;
using NetSuperd.Server.Permit;

namespace NetSuperd.Benchmarks.Inside;

/// <summary>What is decided for each connection; which service it belongs to was decided by the load.</summary>
[MemoryDiagnoser]
public class VerdictBenchmark
{
    private readonly Gate _gate = new();

    /// <summary>Judges a connection.</summary>
    [Benchmark]
    public string? Judge() => _gate.Judge().Reason;
}
