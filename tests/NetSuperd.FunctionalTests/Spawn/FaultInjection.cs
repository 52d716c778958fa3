using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>Failures of execve(2) in the children of a daemon, by the hand of strace(1): the first is of netsuperd-exec, the second of the program.</summary>
internal sealed class FaultInjection : IAsyncDisposable
{
    private readonly RunningProcess _strace;

    private FaultInjection(RunningProcess strace) => _strace = strace;

    /// <summary>Attaches to a daemon.</summary>
    /// <param name="daemon">The daemon.</param>
    /// <param name="fault">What strace injects into execve(2), such as <c>error=ENOMEM:when=1</c>.</param>
    public static async Task<FaultInjection> AttachAsync(Daemon daemon, string fault)
    {
        Privilege.Require("strace of a daemon");
        var pid = daemon.Pid.ToString(CultureInfo.InvariantCulture);
        var strace = RunningProcess.Start("strace", ["--follow-forks", $"--attach={pid}", "--trace=execve", $"--inject=execve:{fault}", "--output=/dev/null"]);

        // It attaches to one thread after the other.
        await Deadline.UntilAsync(
            () => Directory.EnumerateDirectories($"/proc/{pid}/task").All(thread => ProcFiles.Field(File.ReadAllText($"{thread}/status"), "TracerPid") != "0"),
            $"strace at every thread of {pid}");
        return new FaultInjection(strace);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // On INT it lets go of the daemon.
        _strace.Signal(RunningProcess.SIGINT);
        await _strace.ExitAsync();
        await _strace.DisposeAsync();
    }
}
