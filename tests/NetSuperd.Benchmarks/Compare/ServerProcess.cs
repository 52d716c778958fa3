using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NetSuperd.Benchmarks.Compare;

/// <summary>A server that was started here: it is ended by its id, with TERM and, if that does not do, with KILL.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int SIGTERM = 15;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    private readonly Process _process;
    private readonly string _log;

    private ServerProcess(Process process, string log)
    {
        _process = process;
        _log = log;
    }

    /// <summary>The process id.</summary>
    public int Pid => _process.Id;

    /// <summary>Whether it runs no more.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The last that it said.</summary>
    public string LastLine => File.Exists(_log) && File.ReadAllText(_log).Trim().Split('\n') is [.., var last] ? last : "";

    /// <summary>Starts a server.</summary>
    /// <param name="command">Its program and arguments.</param>
    /// <param name="log">The file for what it says.</param>
    public static ServerProcess Start(string[] command, string log)
    {
        // This runtime raised the limit of descriptors, and an inetd closes every possible one in each child: a thousand, as from a login.
        const string Shell = "ulimit -Sn 1024; exec \"$@\" </dev/null >\"$0\" 2>&1";
        var start = new ProcessStartInfo("sh", ["-c", Shell, log, .. command]) { WorkingDirectory = "/" };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return new ServerProcess(Process.Start(start)!, log);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(Grace);
        try
        {
            if (!_process.HasExited)
            {
                _ = kill(Pid, SIGTERM);
            }

            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);
}
