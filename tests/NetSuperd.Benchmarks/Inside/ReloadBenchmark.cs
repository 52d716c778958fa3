using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using NetSuperd.Linux;
using NetSuperd.Server;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Benchmarks.Inside;

/// <summary>A reload of a map with many services: four times the services take four times as long.</summary>
[MemoryDiagnoser]
public class ReloadBenchmark : IDisposable
{
    private readonly Scratch _scratch = new();
    private Superserver _server = null!;

    /// <summary>How many services the map has, each on an abstract socket of its own.</summary>
    [Params(1000, 4000)]
    public int Services { get; set; }

    /// <summary>Writes the map and serves it.</summary>
    [GlobalSetup]
    public async Task Start()
    {
        var sockets = Enumerable.Range(0, Services).Select(index => $"\"@{_scratch["s"]}{index}\" = \"s{index}\"\n");
        var services = Enumerable.Range(0, Services).Select(index => $"[services.s{index}]\nhandler = \"silence\"\n");
        var request = new LoadRequest
        {
            Host = new LinuxHost(),
            File = _scratch.Write("map.toml", $"[ports]\n{string.Concat(sockets)}{string.Concat(services)}"),
            ToRun = true,
            IsRoot = false,
            DefaultPlugins = _scratch["plugins"],
            ExecHelper = "/bin/true",
        };
        var (loaded, server) = Superserver.Load(request, [typeof(Silence)], _ => NullLoggerFactory.Instance, TimeProvider.System);
        _server = server ?? throw new InvalidOperationException(string.Join('\n', ProblemText.Format(loaded)));
        var failures = await _server.StartAsync([]);
        if (failures.Count > 0)
        {
            throw new InvalidOperationException(failures[0].Message);
        }
    }

    /// <summary>Reads the map again and applies it.</summary>
    [Benchmark]
    public async Task Reload() => await _server.ApplyAsync((await _server.ReadAgainAsync()).Next!);

    /// <summary>Stops.</summary>
    [GlobalCleanup]
    public async Task Stop()
    {
        await _server.StopAsync(keepPaths: false, CancellationToken.None);
        await _server.DisposeAsync();
        Dispose();
    }

    /// <summary>No connection comes.</summary>
    [Handler("silence")]
    public sealed class Silence : IStreamHandler
    {
        /// <inheritdoc/>
        public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }
}
