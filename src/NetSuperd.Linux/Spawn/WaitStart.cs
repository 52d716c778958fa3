using System.Net;
using System.Runtime.InteropServices;
using NetSuperd.Linux.Listen;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>The path behind sockets that a child inherits: for a listening socket the daemon does not know the client.</summary>
internal sealed class WaitStart(ChildService children, Lease lease, Spawner spawner, Stages stages) : IChildStart
{
    /// <inheritdoc/>
    public ConnectionRecord? Record { get; private set; }

    /// <inheritdoc/>
    public async Task<ChildOutcome> StartAsync(IReadOnlyList<BoundSocket> sockets, EndPoint? sender, bool isWoken, EndRequest asked)
    {
        var local = LinuxSockets.EndOf(sockets[0].Socket);
        var record = Record = stages.Tally.Open(children.Use, sockets[0].Place.Protocol, local, sender, lease);
        if (lease.Gates.Judge(lease, record, socket: null) is { Reason: { } refusal })
        {
            RefuseClients(sender is null && isWoken ? sockets.Where(socket => !socket.IsDatagram) : [], record, refusal);
            return ChildOutcome.Refused;
        }

        stages.LogShare.Judge(record);
        var given = sockets.Select(socket => ((SafeHandle)socket.Socket.SafeHandle, socket.Port.Name)).ToList();
        return await spawner.StartSharedAsync(children, given, record, asked).ConfigureAwait(false)
            ? ChildOutcome.Ran
            : ChildOutcome.NotRan;
    }

    /// <inheritdoc/>
    public void Dispose() => lease.Dispose();

    /// <summary>
    /// Refuses the client that has woken a service. It is accepted first: left in the backlog, it would wake the service again and again.
    /// </summary>
    private void RefuseClients(IEnumerable<BoundSocket> listening, ConnectionRecord record, string refusal)
    {
        StreamSocket? client = null;
        try
        {
            client = listening.Select(socket => StreamListener.Accept(socket.Socket)).FirstOrDefault(accepted => accepted is not null);
        }
        finally
        {
            if (client is not null)
            {
                stages.Runner.Refuse(client, record, refusal, banner: null);
            }
            else
            {
                stages.Tally.Close(record, ConnectionEnd.Refused, refusal, refusal);
            }
        }
    }
}
