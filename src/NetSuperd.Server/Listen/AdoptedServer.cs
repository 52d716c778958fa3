using System.Runtime.InteropServices;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>A server that a predecessor has started. Only that process learns how it ends, and tells it.</summary>
internal sealed class AdoptedServer : ISocketHolder
{
    private readonly IOtherProcesses _process;

    /// <param name="process">Its process.</param>
    /// <param name="isRunning">Whether it runs; otherwise the predecessor may still be starting it.</param>
    /// <param name="record">Its record.</param>
    public AdoptedServer(IOtherProcesses process, bool isRunning, ServerRecord record)
    {
        _process = process;
        Ended = WhenEndedAsync(isRunning, record);
    }

    /// <inheritdoc/>
    public string? Definition => _process.Definition;

    /// <inheritdoc/>
    public int StopSignal => _process.StopSignal;

    /// <inheritdoc/>
    public Task Ended { get; }

    /// <inheritdoc/>
    public bool IsEnding => _process.IsEnding;

    /// <inheritdoc/>
    public IReadOnlySet<int> Leaders => _process.Leaders;

    /// <inheritdoc/>
    public Task Asked => _process.Asked;

    /// <inheritdoc/>
    public void End(TimeSpan drain) => _process.End(drain);

    /// <inheritdoc cref="IOtherProcesses.CancelHandover"/>
    public void CancelHandover() => _process.CancelHandover();

    /// <inheritdoc cref="IOtherProcesses.Copies"/>
    public IReadOnlyList<SafeHandle> Copies() => _process.Copies();

    /// <inheritdoc cref="IOtherProcesses.Signal(int, ISet{int})"/>
    public void Signal(int signal, ISet<int> reached) => _process.Signal(signal, reached);

    private async Task WhenEndedAsync(bool isRunning, ServerRecord record)
    {
        await _process.Ended.ConfigureAwait(false);
        if (isRunning || _process.Told is not null)
        {
            // If the predecessor is gone it counts as a failure, since it is worse not to start a server again.
            var (how, failed) = ServerRecord.Read(_process.Told) ?? (ServerRecord.UnknownEnd, true);
            record.End(run: null, how, _process.IsEnding ? null : failed);
        }
    }
}
