using System.Net;
using System.Text;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Proxy;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Forward;

/// <summary>Forwards the connections of a service to its targets. In a worker, on its loop.</summary>
[Handler("forward")]
internal sealed class ForwardHandler : IStreamHandler
{
    private readonly ForwardPlan _plan;
    private readonly ForwardParts _parts;
    private readonly ITargetTally _tally;
    private readonly Target[] _targets;
    private long _clients;

    /// <param name="plan">Where the connections go.</param>
    /// <param name="parts">What it uses.</param>
    /// <param name="tally">Keeps what is known about targets.</param>
    public ForwardHandler(ForwardPlan plan, ForwardParts parts, ITargetTally tally)
    {
        (_plan, _parts, _tally) = (plan, parts, tally);
        _targets = [.. Enumerable.Range(0, plan.Targets.Length).Select(index => new Target(plan, index, parts))];
    }

    /// <inheritdoc/>
    /// <remarks>A connection does not show whether it is in use: it lasts to its own end, or to the end of the drain time.</remarks>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        var record = _tally.RecordOf(connection.Id)!;
        if (await ReachAsync(connection).ConfigureAwait(false) is not { } reached)
        {
            // The client must not take the end for an empty answer.
            record.EndOfTarget = ConnectionEnd.Unreachable;
            connection.Abort();
            return;
        }

        var ofTarget = record.OfTarget(reached.End, _parts.Time.GetTimestamp());
        await using var target = new SocketConnection(reached.Socket, ofTarget, null, _parts.Loop, _parts.Time, CancellationToken.None);
        await new Forwarding(connection, target, record) { Head = Header(connection) }.RunAsync().ConfigureAwait(false);
    }

    /// <summary>The header that names the client to the target; empty where the map asks for none.</summary>
    private byte[] Header(StreamConnection connection)
    {
        var (client, local, tls) = (connection.RemoteEndPoint, connection.LocalEndPoint, connection.Tls);
        var values = new List<(ProxyValue, byte[])>();
        if (tls?.ApplicationProtocol is { } protocol)
        {
            values.Add((ProxyValue.Alpn, Encoding.ASCII.GetBytes(protocol)));
        }

        if (tls?.ServerName is { } name)
        {
            values.Add((ProxyValue.Authority, Encoding.UTF8.GetBytes(name)));
        }

        return _plan.SendProxy switch
        {
            null => [],
            1 => ProxyHeaderWriter.Version1(client, local),
            _ => ProxyHeaderWriter.Version2(client, local, values),
        };
    }

    /// <summary>Connects to a target; those that rest are tried last. Null: none has answered.</summary>
    private async ValueTask<(StreamSocket Socket, EndPoint End)?> ReachAsync(StreamConnection connection)
    {
        var turn = new ClientTurn(_plan.Balance, _clients++, connection.RemoteEndPoint);
        List<(Target Target, TargetAddress Address)>? resting = null;
        foreach (var target in turn.Order(_targets))
        {
            foreach (var address in turn.Within(_targets.Length).Order(await target.AddressesAsync().ConfigureAwait(false)))
            {
                if (address.Rests)
                {
                    (resting ??= []).Add((target, address));
                }
                else if (await TryAsync(connection, target, address).ConfigureAwait(false) is { } socket)
                {
                    return (socket, address.End);
                }
            }
        }

        foreach (var (target, address) in resting ?? [])
        {
            if (await TryAsync(connection, target, address).ConfigureAwait(false) is { } socket)
            {
                return (socket, address.End);
            }
        }

        return null;
    }

    private async ValueTask<StreamSocket?> TryAsync(StreamConnection connection, Target target, TargetAddress address)
    {
        var (socket, failure) = await TargetConnect.ConnectAsync(address.End, _plan.Source, _plan.ConnectTimeout, _parts)
            .ConfigureAwait(false);
        if (socket is null)
        {
            if (address.Failed())
            {
                _parts.Logger.TargetFailed(_parts.Service, target.Name(address), failure!.Value.Reason());
            }

            return null;
        }

        if (address.Answered())
        {
            _parts.Logger.TargetRecovered(_parts.Service, target.Name(address));
        }

        _tally.Reach(connection.Id, target.Index, address.End);
        return socket;
    }
}
