using System.Net;
using System.Threading.Channels;

namespace NetSuperd.Tests;

/// <summary>A connection in memory: the test says what the peer sends, and sees what it gets.</summary>
internal sealed class FakeConnection : StreamConnection
{
    private readonly Channel<byte[]> _incoming = Channel.CreateUnbounded<byte[]>();
    private readonly List<byte> _sent = [];
    private ReadOnlyMemory<byte> _rest;

    public override long Id => 1;

    public override string Service => "fake";

    /// <summary>The end of this host.</summary>
    public EndPoint Local { get; init; } = new IPEndPoint(IPAddress.Loopback, 7);

    /// <summary>The end of the peer.</summary>
    public EndPoint Remote { get; init; } = new IPEndPoint(IPAddress.Loopback, 50000);

    public override EndPoint LocalEndPoint => Local;

    public override EndPoint RemoteEndPoint => Remote;

    public override CancellationToken Closed => CancellationToken.None;

    /// <summary>What was sent to the peer.</summary>
    public byte[] Sent => [.. _sent];

    /// <summary>The bytes of each receive that found some, and 0 at the end.</summary>
    public List<int> Receives { get; } = [];

    /// <summary>How often CLOSE was called.</summary>
    public int Closes { get; private set; }

    /// <summary>What happened, in order: <c>wait</c>, <c>receive</c>, <c>send</c>.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>When set, every send fails with it.</summary>
    public Exception? SendFailure { get; set; }

    /// <summary>Completes when the handler waits and nothing is there.</summary>
    public TaskCompletionSource Idle { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Called when a wait for data begins, before it waits.</summary>
    public Action? OnWait { get; set; }

    /// <summary>The peer sends these bytes as one segment.</summary>
    public void PeerSends(params byte[] bytes) => _incoming.Writer.TryWrite(bytes);

    /// <summary>The peer ends its transmission.</summary>
    public void PeerEnds() => _incoming.Writer.Complete();

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Calls.Add("receive");
        await FillAsync(cancellationToken);
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        Receives.Add(count);
        return count;
    }

    public override async ValueTask WaitForDataAsync(CancellationToken cancellationToken = default)
    {
        Calls.Add("wait");
        OnWait?.Invoke();
        await FillAsync(cancellationToken);
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Calls.Add("send");
        if (SendFailure is not null)
        {
            throw SendFailure;
        }

        _sent.AddRange(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override ConnectionStatus GetStatus() => new(ConnectionState.Established, null, null, 0, _sent.Count);

    public override ValueTask CloseAsync()
    {
        Closes++;
        return ValueTask.CompletedTask;
    }

    public override void Abort() => _incoming.Writer.TryComplete();

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        while (_rest.IsEmpty)
        {
            if (!_incoming.Reader.TryPeek(out _))
            {
                Idle.TrySetResult();
            }

            if (!await _incoming.Reader.WaitToReadAsync(cancellationToken))
            {
                return;
            }

            _rest = _incoming.Reader.TryRead(out var segment) ? segment : default;
        }
    }
}
