using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Proxy;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Serve.Tls;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Forward;

/// <summary>Forwards the connections and the sessions of datagrams of a service to its targets. In a worker, on its loop.</summary>
[Handler("forward")]
internal sealed class ForwardHandler : IStreamHandler
{
    // A connection has its number in the log, and no other daemon or map uses this.
    private readonly string _unique = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    private readonly ForwardPlan _plan;
    private readonly ForwardParts _parts;
    private readonly ITargetTally _tally;
    private readonly Target[] _targets;
    private readonly TlsClient? _tls;
    private DatagramBuffers? _buffers;
    private long _clients;

    /// <param name="plan">Where the connections go.</param>
    /// <param name="parts">What it uses.</param>
    /// <param name="tally">Keeps what is known about targets.</param>
    public ForwardHandler(ForwardPlan plan, ForwardParts parts, ITargetTally tally)
    {
        (_plan, _parts, _tally) = (plan, parts, tally);
        _tls = plan.TlsTo is { } tls ? new TlsClient(tls, parts.Time) : null;
        _targets = [.. Enumerable.Range(0, plan.Targets.Length).Select(index => new Target(plan, index, parts))];
    }

    /// <inheritdoc/>
    /// <remarks>A connection does not show whether it is in use: it lasts to its own end, or to the end of the drain time.</remarks>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        var record = _tally.RecordOf(connection.Id)!;
        if (record.HasDatagrams)
        {
            await ForwardDatagramsAsync(connection, record).ConfigureAwait(false);
            return;
        }

        if (await ReachAsync(connection, record).ConfigureAwait(false) is not { } reached)
        {
            // The client must not take the end for an empty answer.
            record.EndOfTarget = ConnectionEnd.Unreachable;
            connection.Abort();
            return;
        }

        await using (reached.ConfigureAwait(false))
        {
            // An encrypted target has already got the header.
            var forwarding = new Forwarding(connection, reached.Connection, record, _parts.Time);
            var toTarget = forwarding.CopyToTargetAsync(_tls is null ? Header(connection, record) : null);
            await forwarding.CopyToClientAsync().ConfigureAwait(false);
            await toTarget.ConfigureAwait(false);
            await forwarding.Ending.ConfigureAwait(false);
            if (reached.Encrypted?.Failure is { } reason)
            {
                _parts.Logger.TargetTlsFailed(_parts.Service, reached.End, connection.Id, reason);
            }
        }
    }

    private async Task ForwardDatagramsAsync(StreamConnection connection, ConnectionRecord record)
    {
        await using var turns = TurnsAsync(connection.RemoteEndPoint).GetAsyncEnumerator(CancellationToken.None);
        await new DatagramForwarding(connection, record, turns, _plan.Source, _parts, _tally, _buffers ??= new DatagramBuffers())
            .RunAsync().ConfigureAwait(false);
    }

    /// <summary>The header that names the client to the target; null where the map asks for none.</summary>
    private byte[]? Header(StreamConnection connection, ConnectionRecord record) => _plan.SendProxy switch
    {
        null => null,
        1 => ProxyHeaderWriter.Version1(connection.RemoteEndPoint, connection.LocalEndPoint),
        _ => ProxyHeaderWriter.Version2(
            connection.RemoteEndPoint,
            connection.LocalEndPoint,
            ProxyValues.For($"{_unique}-{connection.Id}", connection.Tls, record.ProxyValues.Span)),
    };

    /// <summary>Connects to a target. Null: none has answered.</summary>
    private async ValueTask<TargetLink?> ReachAsync(StreamConnection connection, ConnectionRecord record)
    {
        // The daemon has logged why a client has no source.
        if (_plan.Transparent && record.Source is null && connection.RemoteEndPoint is IPEndPoint)
        {
            return null;
        }

        var source = new TargetSource(_plan.Source, record.Source);
        var (skipped, tried) = (0, 0);
        await foreach (var turn in TurnsAsync(connection.RemoteEndPoint).ConfigureAwait(false))
        {
            if (!source.Reaches(turn.Address.End))
            {
                skipped++;
                continue;
            }

            tried++;
            if (await ConnectAsync(connection, record, source, turn).ConfigureAwait(false) is { } link)
            {
                turn.Answered();
                _tally.Reach(connection.Id, turn.Target.Index, turn.Address.End);
                return link;
            }
        }

        if (skipped > 0 && tried == 0)
        {
            var version = record.Source!.Family == AddressFamily.InterNetwork ? "IPv4" : "IPv6";
            LogNoSource(connection, $"no target has an address of {version}");
        }

        return null;
    }

    /// <summary>The addresses to be tried for a client, in their order; those that rest come last.</summary>
    private async IAsyncEnumerable<TargetTurn> TurnsAsync(EndPoint client)
    {
        var turn = new ClientTurn(_plan.Balance, _clients++, client);
        List<TargetTurn>? resting = null;
        foreach (var target in turn.Order(_targets))
        {
            foreach (var address in turn.Within(_targets.Length).Order(await target.AddressesAsync().ConfigureAwait(false)))
            {
                var next = new TargetTurn(target, address, _parts);
                if (!address.Rests)
                {
                    yield return next;
                }
                else
                {
                    (resting ??= []).Add(next);
                }
            }
        }

        foreach (var next in resting ?? [])
        {
            yield return next;
        }
    }

    private async ValueTask<TargetLink?> ConnectAsync(
        StreamConnection connection, ConnectionRecord record, TargetSource source, TargetTurn turn)
    {
        var began = _parts.Time.GetTimestamp();
        var (plain, failure) = await TargetConnect.ConnectAsync(turn.Address.End, source, _plan.ConnectTimeout, record, _parts)
            .ConfigureAwait(false);
        if (plain is not null)
        {
            return _tls is null
                ? new TargetLink(turn.Address.End, plain, null)
                : await EncryptAsync(connection, record, _tls, turn, plain, began).ConfigureAwait(false);
        }

        var reason = failure!.Value.Reason();
        if (source.OfClient is null || failure == Errno.ECONNREFUSED
            || (failure is Errno.ETIMEDOUT or Errno.EHOSTUNREACH
                && turn.Address.FailsOthersThan(((IPEndPoint)connection.RemoteEndPoint).Address)))
        {
            turn.Failed(reason);
        }
        else
        {
            LogNoSource(connection, $"{turn.Target.Name(turn.Address)}: {reason}");
        }

        return null;
    }

    private void LogNoSource(StreamConnection connection, string reason) =>
        _parts.Logger.TargetSourceFailed(_parts.Service, connection.RemoteEndPoint, connection.Id, reason);

    /// <summary>Does the handshake with a target, within the time that connecting to it has left.</summary>
    private async ValueTask<TargetLink?> EncryptAsync(
        StreamConnection connection, ConnectionRecord record, TlsClient tls, TargetTurn turn, SocketConnection plain, long began)
    {
        var left = _plan.ConnectTimeout - _parts.Time.GetElapsedTime(began);
        using var late = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, _parts.Time);
        TlsConnection? encrypted = null;
        string? problem = null;
        try
        {
            // A target that takes the header takes it before TLS.
            await plain.SendAsync(Header(connection, record), late.Token).ConfigureAwait(false);
            encrypted = await tls.ConnectAsync(plain, turn.Target.HostName, late.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TlsFailedException or ConnectionClosedException or OperationCanceledException)
        {
            problem = failure.Message;
        }
        catch
        {
            await plain.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await LoopTurn.On(_parts.Loop).ConfigureAwait(false);
        if (encrypted is not null)
        {
            return new TargetLink(plain.RemoteEndPoint, plain, encrypted);
        }

        await plain.DisposeAsync().ConfigureAwait(false);
        turn.Failed(problem!);
        return null;
    }
}
