using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>The clients of a service go to a worker.</summary>
internal sealed class WorkerDestination(WorkerService worker, Admission admission) : IDestination
{
    /// <inheritdoc/>
    public ServiceUse Use => worker.Use;

    /// <inheritdoc/>
    public bool IsForAnyThread => false;

    /// <inheritdoc/>
    public bool MustWait(IWaitsForRoom waiter) => worker.MustWait(waiter);

    /// <inheritdoc/>
    public void Start(StreamSocket socket, ConnectionRecord record) => worker.Start(socket, record, admission);
}
