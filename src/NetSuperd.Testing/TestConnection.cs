using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace NetSuperd.Testing;

/// <summary>A connection in memory, whose calls behave as those of the daemon do; <see cref="Client"/> is the other end.</summary>
/// <remarks>
/// As a unix socket, it has no round-trip time and no retransmits. As with the daemon, a reset by the client is noticed by a call of the
/// handler, after all bytes that arrived before it.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing that has to be released.")]
public sealed class TestConnection : StreamConnection
{
    private const int MostDiscardedBytes = 64 * 1024;
    private static readonly TimeSpan LongestDiscard = TimeSpan.FromSeconds(2);
    private static long _connections;

    private readonly CancellationTokenSource _closed = new();
    private readonly Turn _receiving = new();
    private readonly Turn _sending = new();
    private long _bytesReceived;
    private long _bytesSent;
    private bool _shutDown;
    private bool _sawEnd;

    /// <summary>Creates a connection and its client.</summary>
    public TestConnection() => Client = new TestClient(this);

    /// <inheritdoc/>
    public override long Id { get; } = Interlocked.Increment(ref _connections);

    /// <summary>The name of the service; <c>test</c> by default.</summary>
    public string ServiceName { get; init; } = "test";

    /// <summary>The daemon's end; 127.0.0.1:2005 by default.</summary>
    public EndPoint Local { get; init; } = new IPEndPoint(IPAddress.Loopback, 2005);

    /// <summary>The client's end; 127.0.0.1:50000 by default.</summary>
    public EndPoint Remote { get; init; } = new IPEndPoint(IPAddress.Loopback, 50000);

    /// <summary>How many bytes the handler may send before the client receives them; 256 KiB by default.</summary>
    public int SendRoom { get; init; } = 256 * 1024;

    /// <summary>Measures how long <see cref="CloseAsync"/> waits for the client's end: two seconds at most.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The client.</summary>
    public TestClient Client { get; }

    /// <inheritdoc/>
    public override string Service => ServiceName;

    /// <inheritdoc/>
    public override EndPoint LocalEndPoint => Local;

    /// <inheritdoc/>
    public override EndPoint RemoteEndPoint => Remote;

    /// <inheritdoc/>
    public override CancellationToken Closed => _closed.Token;

    /// <summary>How the connection ended before its handler was done; null while it has not.</summary>
    internal TestEnd? Broken { get; private set; }

    /// <summary>What the handler threw.</summary>
    internal Exception? Failure { get; private set; }

    /// <summary>The callbacks that the handler registered with <see cref="Closed"/>.</summary>
    internal Task Callbacks { get; private set; } = Task.CompletedTask;

    /// <summary>Guards everything that both ends share.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>What the client has sent.</summary>
    internal Direction Input { get; } = new();

    /// <summary>What the handler has sent.</summary>
    internal Direction Output { get; } = new();

    /// <summary>Whether the handler waits for input, and has taken all that there was.</summary>
    internal bool IsIdle { get; private set; }

    /// <summary>The handler has begun to wait for input.</summary>
    internal Signal Idle { get; } = new();

    /// <inheritdoc/>
    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfBroken();
        using (_receiving.Take())
        {
            await WaitForInputAsync(cancellationToken).ConfigureAwait(false);
            lock (Gate)
            {
                var count = Input.Take(buffer.Span);
                _bytesReceived += count;
                _sawEnd |= count == 0 && buffer.Length > 0;
                return count;
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WaitForDataAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested && HasData())
        {
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfBroken();
        using (_receiving.Take())
        {
            try
            {
                await WaitForInputAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (HasData())
            {
                // Bytes that have arrived take precedence over the token.
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfBroken();
        using (_sending.Take())
        {
            while (true)
            {
                Task changed;
                lock (Gate)
                {
                    ThrowIfLost(sends: true);
                    if (_shutDown)
                    {
                        throw new ConnectionClosedException("the connection is closed");
                    }

                    var count = Math.Min(buffer.Length, SendRoom - Output.Count);
                    Output.Add(buffer.Span[..count]);
                    buffer = buffer[count..];
                    _bytesSent += count;
                    Client.Notice(count);
                    if (buffer.IsEmpty)
                    {
                        return;
                    }

                    changed = Output.Changed.Next;
                }

                await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public override ConnectionStatus GetStatus()
    {
        lock (Gate)
        {
            var state = Broken is not null ? ConnectionState.Closed : (_shutDown, _sawEnd) switch
            {
                (false, false) => ConnectionState.Established,
                (false, true) => ConnectionState.CloseWait,
                (true, false) => ConnectionState.FinWait2,
                (true, true) => ConnectionState.Closed,
            };
            return new ConnectionStatus(state, RoundTripTime: null, Retransmits: null, _bytesReceived, _bytesSent);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask CloseAsync()
    {
        lock (Gate)
        {
            if (_shutDown || Broken is not null)
            {
                return;
            }

            _shutDown = true;
            Output.End();
        }

        using var limit = new CancellationTokenSource(LongestDiscard, Time);
        try
        {
            for (var left = MostDiscardedBytes; left > 0 && !HasSeenEnd();)
            {
                await WaitForInputAsync(limit.Token).ConfigureAwait(false);
                lock (Gate)
                {
                    var count = Input.Discard(left);
                    _sawEnd |= count == 0;
                    left -= count;
                }
            }
        }
        catch (Exception over) when (over is ConnectionClosedException or OperationCanceledException)
        {
            // A reset by the client, an abort and the end of the time all end the discarding.
        }
    }

    /// <inheritdoc/>
    public override void Abort() => Break(TestEnd.Aborted);

    /// <summary>Aborts the connection because its handler threw.</summary>
    internal void Fail(Exception failure)
    {
        Failure = failure;
        Abort();
    }

    /// <summary>Ends what the handler may still do with the connection, without a sign that the handler could see.</summary>
    internal void Finish()
    {
        lock (Gate)
        {
            Broken ??= TestEnd.Closed;
            Output.End();
        }
    }

    /// <summary>Gives the connection to another service: the handler's part of it ends here.</summary>
    internal bool TryGiveAway()
    {
        if (_receiving.IsTaken || _sending.IsTaken)
        {
            throw new InvalidOperationException("a call on the connection is still under way");
        }

        if (_shutDown || Broken is not null)
        {
            return false;
        }

        Break(TestEnd.Closed);
        return true;
    }

    private void Break(TestEnd end)
    {
        lock (Gate)
        {
            if (Broken is not null)
            {
                return;
            }

            Broken = end;
            Input.Changed.Set();
            if (end == TestEnd.Closed)
            {
                Output.End();
            }
            else
            {
                Output.Reset();
            }
        }

        // The callbacks that the handler registered run on other threads, as with the daemon.
        Callbacks = _closed.CancelAsync();
    }

    private void ThrowIfBroken()
    {
        if (Broken is { } end)
        {
            throw new ConnectionClosedException(end switch
            {
                TestEnd.Reset => "the peer ended the connection: connection reset by peer",
                TestEnd.Aborted => "the connection was aborted",
                _ => "the connection is closed",
            });
        }
    }

    /// <summary>Under the gate.</summary>
    /// <param name="sends">Whether the call sends; another one first receives what came before a reset.</param>
    private void ThrowIfLost(bool sends = false)
    {
        ThrowIfBroken();
        if (Input.IsReset && (sends || Input.Count == 0))
        {
            Break(TestEnd.Reset);
            ThrowIfBroken();
        }
    }

    private bool HasData()
    {
        lock (Gate)
        {
            return Input.Count > 0;
        }
    }

    private bool HasSeenEnd()
    {
        lock (Gate)
        {
            return _sawEnd;
        }
    }

    private async Task WaitForInputAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (Gate)
            {
                ThrowIfLost();
                if (Input.Count > 0 || Input.IsEnded)
                {
                    IsIdle = false;
                    return;
                }

                changed = Input.Changed.Next;
                IsIdle = true;
                Idle.Set();
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
