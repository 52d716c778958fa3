using System.Net;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The start of a server: no gate is before it, since no client is.</summary>
internal sealed class ServerStart(ChildService children, ServerRecord server, Stages stages) : IShare
{
    // Signals by which an administrator ends a server in order.
    private static readonly int[] InOrder = [SignalName.SIGHUP, SignalName.SIGINT, SignalName.SIGTERM];

    /// <inheritdoc/>
    public async Task<ShareOutcome> StartAsync(IReadOnlyList<BoundSocket> sockets, EndPoint? sender, Task<TimeSpan> asked)
    {
        var record = sockets.Count > 0
            ? stages.Tally.OpenShared(children.Use, sockets[0].Place.Protocol, sockets[0].Socket, peer: null, this)
            : stages.Tally.OpenServer(children.Use, this);
        server.Begin(record);
        var given = sockets.Select(socket => ((SafeHandle)socket.Socket.SafeHandle, socket.Port.Name)).ToList();
        var failure = await stages.Spawner.ServeAsync(children, given, record, asked).ConfigureAwait(false);
        var (how, failed) = failure is not null ? ($"not started: {failure.Word}", true)
            : record.Usage is { Signal: { } signal } ? ($"killed by signal {SignalName.Of(signal)}", !InOrder.Contains(signal))
            : record.Usage is { Status: { } status } ? ($"exited with status {status}", status != 0)
            : (ServerRecord.UnknownEnd, true);
        server.End(how, asked.IsCompleted ? null : failed);
        return failure is null ? ShareOutcome.Ran : ShareOutcome.NotRan;
    }

    /// <summary>It holds nothing of any limit.</summary>
    public void Dispose()
    {
    }
}
