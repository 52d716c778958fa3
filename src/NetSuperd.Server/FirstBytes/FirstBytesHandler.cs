using System.Buffers;
using NetSuperd.Server.Config;
using NetSuperd.Server.Serve;

namespace NetSuperd.Server.FirstBytes;

/// <summary>
/// One port for many protocols: the first bytes of a client decide which service of the map gets the connection, with all bytes unread.
/// </summary>
/// <remarks>
/// It serves in a worker: the bytes are a stranger's. The worker names one of the services of the rules, and the daemon takes no other.
/// </remarks>
[Handler(ServiceByFirstBytes.Handler)]
public sealed class FirstBytesHandler : IStreamHandler
{
    // A client that has begun to speak sends the rest of its first message at once.
    private static readonly TimeSpan LongestUndecided = TimeSpan.FromSeconds(5);

    private readonly FirstBytesRules _rules;
    private readonly IServiceSwitch _switch;

    /// <summary>Reads the rules.</summary>
    /// <exception cref="SettingsException">One is wrong, or there is none.</exception>
    public FirstBytesHandler(ServiceInfo info, IServiceSwitch services) =>
        (_rules, _switch) = (new FirstBytesRules(info.Settings), services);

    /// <summary>The clock.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        // Where no rule takes the client, or its service is paused, the end of this call ends the connection.
        if (await ChooseAsync((SocketConnection)connection, stopping).ConfigureAwait(false) is { } service)
        {
            _switch.Pass(connection, service);
        }
    }

    private async ValueTask<string?> ChooseAsync(SocketConnection connection, CancellationToken stopping)
    {
        using (var silent = new CancellationTokenSource(_rules.Silence ?? LongestUndecided, Clock))
        using (var over = CancellationTokenSource.CreateLinkedTokenSource(silent.Token, stopping))
        {
            try
            {
                await connection.WaitForDataAsync(over.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (silent.IsCancellationRequested && !stopping.IsCancellationRequested)
            {
                return _rules.ServiceOfSilent;
            }
        }

        var buffer = ArrayPool<byte>.Shared.Rent(ClientHello.MostBytes);
        try
        {
            return await ChooseAsync(connection, buffer.AsMemory(0, ClientHello.MostBytes), stopping).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Looks at all bytes again whenever there are more, until they decide.</summary>
    private async ValueTask<string?> ChooseAsync(SocketConnection connection, Memory<byte> buffer, CancellationToken stopping)
    {
        using var late = new CancellationTokenSource(LongestUndecided, Clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping);
        var known = 0;
        while (true)
        {
            var isAll = false;
            try
            {
                var count = await connection.PeekAsync(buffer, known, over.Token).ConfigureAwait(false);
                isAll = count == known || count == buffer.Length;
                known = count;
            }
            catch (OperationCanceledException) when (late.IsCancellationRequested && !stopping.IsCancellationRequested)
            {
                isAll = true;
            }

            if (known == 0)
            {
                // The client has left without a byte.
                return null;
            }

            if (_rules.TryDecide(buffer.Span[..known], isAll, out var service))
            {
                return service;
            }
        }
    }
}
