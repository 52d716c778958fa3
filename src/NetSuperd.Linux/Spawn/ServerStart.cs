using System.Net;
using System.Runtime.InteropServices;
using NetSuperd.Linux.Listen;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>The start of a server: no gate is before it, since no client is.</summary>
internal sealed class ServerStart(ChildService children, ServerRecord server, Spawner spawner, Stages stages) : IChildStart
{
    // Signals by which an administrator ends a server in order.
    private static readonly int[] InOrder = [SignalName.SIGHUP, SignalName.SIGINT, SignalName.SIGTERM];

    // How long a server that is late may take to end.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public ConnectionRecord? Record { get; private set; }

    /// <inheritdoc/>
    public async Task<ChildOutcome> StartAsync(IReadOnlyList<BoundSocket> sockets, EndPoint? sender, bool isWoken, EndRequest asked)
    {
        using var notices = children.Plan.Notifies ? spawner.Hear(children, server) : null;
        var record = Record = sockets.Count > 0
            ? stages.Tally.Open(children.Use, sockets[0].Place.Protocol, LinuxSockets.EndOf(sockets[0].Socket), peer: null, this)
            : stages.Tally.OpenServer(children.Use, this);
        server.Begin(record, isReady: notices is null);
        var given = sockets.Select(socket => ((SafeHandle)socket.Socket.SafeHandle, socket.Port.Name)).ToList();
        var late = new EndRequest(asked);
        var job = new ChildJob { Service = children, Record = record, Sockets = given, Notices = notices, Server = server };
        var ended = spawner.ServeAsync(job, late);
        var exceeded = notices is null ? null : await WatchAsync(notices, ended).ConfigureAwait(false);
        if (exceeded is not null)
        {
            late.Make(Grace);
        }

        var failure = await ended.ConfigureAwait(false);
        var failed = failure is not null || record.Usage switch
        {
            { Signal: { } signal } => !IsInOrder(signal),
            { Status: 0 } => false,
            _ => true,
        };
        server.End(
            record,
            exceeded is null ? job.HowEnded : $"{exceeded} exceeded, {job.HowEnded}",
            asked.IsMade ? null : failed || exceeded is not null);
        await (record.Pid is { } leader ? spawner.Ends.EndLeftAsync(leader) : Task.CompletedTask).ConfigureAwait(false);
        return failure is null ? ChildOutcome.Ran : ChildOutcome.NotRan;
    }

    private bool IsInOrder(int signal) => InOrder.Contains(signal) || signal == children.Plan.StopSignal;

    /// <summary>Watches whether a server is ready in time, and says in time that it is alive.</summary>
    /// <returns>The key of the time that it has exceeded; null: it has ended before.</returns>
    private async Task<string?> WatchAsync(ServerNotices notices, Task ended)
    {
        using var over = new CancellationTokenSource();
        try
        {
            var late = Delay(children.Plan.StartTimeout ?? Timeout.InfiniteTimeSpan);
            if (await Task.WhenAny(notices.IsReady, ended, late).ConfigureAwait(false) == late)
            {
                return ServiceKeys.StartTimeout.Name;
            }

            while (!ended.IsCompleted && children.Plan.Watchdog is { } most)
            {
                if (most - notices.Silence is var left && left <= TimeSpan.Zero)
                {
                    return ServiceKeys.Watchdog.Name;
                }

                await Task.WhenAny(ended, Delay(left)).ConfigureAwait(false);
            }

            return null;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
        }

        Task Delay(TimeSpan time) => Task.Delay(time, stages.Time, over.Token);
    }

    /// <summary>It holds nothing of any limit.</summary>
    public void Dispose()
    {
    }
}
