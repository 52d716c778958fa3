using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>The path of a connection through the stages.</summary>
public sealed partial class Superserver
{
    private Receiver ReceiverFor(Configuration configuration) => new(
        (port, mayWait, waiting, stopping) => EnterAsync(port, mayWait, waiting, stopping),
        (port, socket, lease) => DispatchAsync(configuration, port, socket, (Lease)lease),
        (port, socket) => DatagramsFor(configuration, port, socket),
        (sockets, sender, asked, lease) => ShareAsync(configuration, sockets, sender, asked, (Lease)lease));

    private async ValueTask<IDisposable?> EnterAsync(Port port, bool mayWait, Func<int>? waiting, CancellationToken stopping) =>
        await _gate.Of(port.Service.Name).EnterAsync(mayWait, waiting, stopping).ConfigureAwait(false);

    /// <summary>The path of a connection. Whatever goes wrong on it, the accept loop goes on.</summary>
    private async ValueTask DispatchAsync(Configuration configuration, Port port, StreamSocket socket, Lease lease)
    {
        var handler = configuration.HandlerOf(port.Service);
        var children = handler is null ? configuration.ChildrenOf(port.Service) : null;
        if (_tally.Open(handler?.Use ?? children!.Use, socket, lease) is not { } record)
        {
            socket.Dispose();
            lease.Dispose();
            _logger.ConnectionGone(port.Service.Name);
            return;
        }

        try
        {
            var verdict = _gate.Judge(lease, record, socket);
            while (lease.NeedsToken)
            {
                await lease.Gate.WhenTokenAsync(lease).ConfigureAwait(false);
                if (TcpInfo.Of(socket) is { IsClosed: true })
                {
                    // The token is for the next client: resets from many addresses would use up the rate.
                    socket.Dispose();
                    _tally.Close(record, ConnectionEnd.Reset);
                    return;
                }

                verdict = _gate.Judge(lease, record, socket);
            }

            if (verdict is { Reason: { } refusal })
            {
                _runner.Refuse(socket, record, refusal, port.Service.Admission.BannerRefused);
                return;
            }

            _logShare.Judge(record);
            if (handler is not null)
            {
                _runner.Start(handler, socket, record, port.Service.Admission);
            }
            else
            {
                // What the operator asks about it later is asked of the kernel.
                record.Cookie = SocketCookie.Of(socket);
                _spawner!.Start(children!, socket, port.Name, record);
            }
        }
        catch (Exception failure)
        {
            socket.Dispose();
            _logger.DispatchFailed(failure, record.Id, port.Service.Name);
            _tally.Close(record, ConnectionEnd.Failed);
        }
    }

    /// <summary>The path of what arrives on a socket that children inherit: of a listening one the daemon does not know who is there.</summary>
    private async Task<ShareOutcome> ShareAsync(
        Configuration configuration, IReadOnlyList<(Port Port, Socket Socket)> sockets, EndPoint? sender, Task<TimeSpan> asked, Lease lease)
    {
        var children = configuration.ChildrenOf(sockets[0].Port.Service);
        var record = _tally.OpenShared(children.Use, sockets[0].Socket, sender, lease);
        if (_gate.Judge(lease, record, sockets[0].Socket.SafeHandle) is { Reason: { } refusal })
        {
            TurnAway(sender is null ? sockets.Where(pair => IsListening(pair.Port)).Select(pair => pair.Socket) : [], record, refusal);
            return ShareOutcome.Refused;
        }

        _logShare.Judge(record);
        var given = sockets.Select(pair => ((SafeHandle)pair.Socket.SafeHandle, pair.Port.Name)).ToList();
        return await _spawner!.ShareAsync(children, given, record, asked).ConfigureAwait(false) ? ShareOutcome.Ran : ShareOutcome.NotRan;
    }

    /// <summary>Refuses who has woken a service. A client is accepted for it: else he would wait for an answer, and wake it again and again.</summary>
    private void TurnAway(IEnumerable<Socket> listening, ConnectionRecord record, string refusal)
    {
        StreamSocket? client = null;
        try
        {
            client = listening.Select(StreamListener.Accept).FirstOrDefault(accepted => accepted is not null);
        }
        finally
        {
            if (client is not null)
            {
                _runner.Refuse(client, record, refusal, banner: null);
            }
            else
            {
                _tally.Close(record, ConnectionEnd.Refused, refusal, refusal);
            }
        }
    }

    private static bool IsListening(Port port) => port.Key.Transport is not (Transport.Udp or Transport.UnixDatagram);
}
