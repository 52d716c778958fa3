using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>Failures of system calls in the children of a daemon, by the hand of strace(1).</summary>
/// <remarks>Children come from the fork server: they are followed from there.</remarks>
internal sealed class FaultInjection : IAsyncDisposable
{
    private readonly RunningProcess _strace;

    private FaultInjection(RunningProcess strace) => _strace = strace;

    /// <summary>Attaches to a daemon.</summary>
    /// <param name="daemon">The daemon.</param>
    /// <param name="fault">What strace injects, such as <c>error=ENOMEM:when=1</c>.</param>
    /// <param name="call">Into which system call.</param>
    public static async Task<FaultInjection> AttachAsync(Daemon daemon, string fault, string call = "execve")
    {
        Privilege.Require("strace of a daemon");
        var pid = (await ProcFiles.ForkServerAsync(daemon.Pid)).ToString(CultureInfo.InvariantCulture);
        var strace = RunningProcess.Start(
            "strace", ["--follow-forks", $"--attach={pid}", $"--trace={call}", $"--inject={call}:{fault}", "--output=/dev/null"]);
        await Deadline.UntilAsync(
            () => ProcFiles.Status(int.Parse(pid, CultureInfo.InvariantCulture), "TracerPid") != "0", $"strace at process {pid}");
        return new FaultInjection(strace);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // On INT it leaves the fork server; it has ended when the fork server and all children have.
        if (!_strace.HasExited)
        {
            _strace.Signal(RunningProcess.SIGINT);
        }

        await _strace.ExitAsync();
        await _strace.DisposeAsync();
    }
}
