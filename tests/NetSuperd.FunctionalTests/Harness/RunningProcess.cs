using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>A process that a test started: its lines, its end, and signals to it alone.</summary>
public sealed class RunningProcess : IAsyncDisposable
{
    /// <summary>The numbers of signal(7).</summary>
    public const int SIGHUP = 1, SIGINT = 2, SIGKILL = 9, SIGUSR1 = 10, SIGUSR2 = 12, SIGTERM = 15, SIGCONT = 18, SIGSTOP = 19;

    private readonly Process _process;

    private RunningProcess(Process process)
    {
        _process = process;
        Pid = process.Id;
        Output = LineFeed.Of(process.StandardOutput);
        Errors = LineFeed.Of(process.StandardError);
    }

    /// <summary>Standard output.</summary>
    public LineFeed Output { get; }

    /// <summary>Standard error.</summary>
    public LineFeed Errors { get; }

    /// <summary>Standard input, open.</summary>
    public StreamWriter Input => _process.StandardInput;

    /// <summary>The process id.</summary>
    public int Pid { get; }

    /// <summary>Whether it runs no more.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts a program with every signal at its default, which a shell that runs the tests in the background changes.</summary>
    public static RunningProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo("/usr/bin/env", ["--default-signal", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "/",
        };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new RunningProcess(Process.Start(start)!);
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal) => Assert.Equal(0, kill(Pid, signal));

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit status; 128 and the number of the signal that ended it.</returns>
    public async Task<int> ExitAsync(TimeSpan? limit = null)
    {
        await Deadline.WithinAsync(_process.WaitForExitAsync(), $"the end of process {Pid}", limit);
        await Deadline.WithinAsync(Task.WhenAll(Output.Ended, Errors.Ended), $"the last lines of process {Pid}", limit);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await Deadline.WithinAsync(_process.WaitForExitAsync(), $"the end of process {Pid} after KILL");
        }

        _process.Dispose();
    }

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);
}
