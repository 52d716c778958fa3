using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace NetSuperd.Benchmarks.Inside;

/// <summary>What is measured inside the process.</summary>
internal static class InsideBenchmarks
{
    /// <summary>Runs all of them and prints their tables.</summary>
    /// <returns>The exit status.</returns>
    public static int Run()
    {
        // In this process: the generated project of the default toolchain would not see what is internal to the engine.
        var config = DefaultConfig.Instance
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.DontLogOutput))
            .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "artifacts"));
        var summaries = BenchmarkRunner.Run(
            [typeof(LoadBenchmark), typeof(ReloadBenchmark), typeof(VerdictBenchmark), typeof(RecordBenchmark)], config);
        return summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success)) ? 0 : 1;
    }
}
