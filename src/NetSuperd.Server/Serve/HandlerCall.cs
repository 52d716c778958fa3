using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>The call of a handler for one connection, until the connection ends.</summary>
/// <remarks>
/// Timers and loops that a handler starts during the call may live as long as the plugin. They keep this object and no record, and what
/// they log after the connection has ended is not attributed to it.
/// </remarks>
internal sealed class HandlerCall(ConnectionRecord record)
{
    private volatile ConnectionRecord? _record = record;

    /// <summary>The connection; null after its end.</summary>
    public ConnectionRecord? Record => _record;

    /// <summary>The connection has ended.</summary>
    public void End() => _record = null;
}
