using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The clients of a service go to a handler in the daemon.</summary>
internal sealed class HandlerDestination(HandlerInstance handler, HandlerRunner runner, Admission admission) : IDestination
{
    /// <inheritdoc/>
    public ServiceUse Use => handler.Use;

    /// <inheritdoc/>
    public bool IsForAnyThread => true;

    /// <inheritdoc/>
    public bool MustWait(IWaitsForRoom waiter) => false;

    /// <inheritdoc/>
    public void Start(StreamSocket socket, ConnectionRecord record) => runner.Start(handler, socket, record, admission);
}
