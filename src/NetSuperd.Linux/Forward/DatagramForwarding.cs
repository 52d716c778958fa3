using System.Net;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Forward;

/// <summary>A session of datagrams: what its client sends goes to a target, and what the target sends goes to the client.</summary>
/// <remarks>
/// Overview. The daemon has the socket that the client knows, and passes the datagrams of one client on as messages of a connection, one
/// byte before each: an empty message would be the end. The session has a socket of its own, connected to a target, so that the target
/// can tell its clients apart and the system reports a target where nothing receives. Then the next target gets the datagram that has no
/// answer yet: most clients send one and wait. A target that is only silent is not noticed, since not every protocol has answers. What
/// one end does not take at once is lost, as datagrams are.
/// </remarks>
/// <param name="client">The messages of the client.</param>
/// <param name="record">Its record.</param>
/// <param name="turns">The addresses of targets to be tried.</param>
/// <param name="source">The own address; null: the system chooses it.</param>
/// <param name="parts">The loop and the clock.</param>
/// <param name="tally">Notes which target has the session.</param>
/// <param name="buffers">The buffers of the service.</param>
internal sealed class DatagramForwarding(
    StreamConnection client, ConnectionRecord record, IAsyncEnumerator<TargetTurn> turns, IPAddress? source, ForwardParts parts,
    ITargetTally tally, DatagramBuffers buffers)
    : IWatcher, ILoopWork
{
    private const int HeadBytes = 1;

    // Longer ones are not sent again: each session may keep so many bytes.
    private const int MostKept = 4096;

    private const int MostPerTurn = 32;

    // How long the answer to the last datagram may take after the end of the client's side: at a stop, or when its socket is gone.
    private static readonly TimeSpan LastAnswer = TimeSpan.FromSeconds(5);

    private TaskCompletionSource? _lastAnswer;
    private byte[] _kept = [];
    private int _keptLength;
    private bool _isUnanswered;
    private StreamSocket? _target;
    private long _token;
    private bool _hasAnswered;
    private Task _retry = Task.CompletedTask;
    private Task _sending = Task.CompletedTask;

    /// <summary>Forwards until the client's side ends.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (await client.ReceiveAsync(buffers.OfClients, CancellationToken.None).ConfigureAwait(false) is >= HeadBytes and var count)
            {
                await PassAsync(buffers.OfClients.AsMemory(HeadBytes, count - HeadBytes)).ConfigureAwait(false);
            }

            await AwaitLastAnswerAsync().ConfigureAwait(false);
        }
        finally
        {
            await _retry.ConfigureAwait(false);
            Leave();
        }
    }

    /// <summary>Something has come from the target.</summary>
    public void Ready(Events events) => Run();

    /// <summary>The same after a turn for others, or when the client takes more.</summary>
    public void Run()
    {
        for (var i = 0; _target is not null && _sending.IsCompleted; i++)
        {
            if (i == MostPerTurn)
            {
                parts.Loop.Post(this);
                return;
            }

            var received = _target.Receive(buffers.OfTargets.AsSpan(HeadBytes));
            if (received.MustWait)
            {
                return;
            }

            if (received.Failure is { } failure)
            {
                Refuse(failure);
            }
            else
            {
                Answer(received.Count);
            }
        }
    }

    private void Answer(int length)
    {
        if (!_hasAnswered)
        {
            _hasAnswered = true;
            turns.Current.Answered();
        }

        _isUnanswered = false;
        var sending = client.SendAsync(buffers.OfTargets.AsMemory(0, HeadBytes + length), CancellationToken.None);
        if (!sending.IsCompletedSuccessfully)
        {
            buffers.OfTargets = new byte[DatagramBuffers.Length];
            _sending = FinishAsync(sending);
        }

        _lastAnswer?.TrySetResult();
    }

    private async Task FinishAsync(ValueTask sending)
    {
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (ConnectionClosedException)
        {
            // The session ends where it receives.
            return;
        }

        parts.Loop.Post(this);
    }

    /// <summary>The target does not take what was sent: the next one gets the last datagram, unless it was answered.</summary>
    private void Refuse(Errno failure)
    {
        turns.Current.Failed(failure.Reason());
        Leave();
        if (_isUnanswered && _keptLength >= 0)
        {
            _retry = SendAsync(_kept.AsMemory(0, _keptLength));
        }
    }

    private async ValueTask PassAsync(ReadOnlyMemory<byte> datagram)
    {
        if (_target is null)
        {
            // Other sessions use the buffer meanwhile.
            datagram = datagram.ToArray();
            await _retry.ConfigureAwait(false);
        }

        _isUnanswered = true;
        _keptLength = datagram.Length <= MostKept ? datagram.Length : -1;
        if (_keptLength >= 0)
        {
            _kept = _kept.Length < _keptLength ? new byte[_keptLength] : _kept;
            datagram.CopyTo(_kept);
        }

        await SendAsync(datagram).ConfigureAwait(false);
    }

    /// <summary>Sends a datagram to the target, or to the first of the next ones that takes it. Without one the session ends.</summary>
    private async Task SendAsync(ReadOnlyMemory<byte> datagram)
    {
        while (_target is not null || await ReachAsync().ConfigureAwait(false))
        {
            if (_target!.Send(datagram.Span).Failure is not { } failure || !IsOfTarget(failure))
            {
                return;
            }

            turns.Current.Failed(failure.Reason());
            Leave();

            // Other sessions use the buffer while the next target is looked up.
            datagram = datagram.ToArray();
        }

        record.EndOfTarget = ConnectionEnd.Unreachable;
        client.Abort();
    }

    /// <summary>Whether another target may take the datagram. Otherwise it is lost: it is too long, or no buffer is free.</summary>
    private static bool IsOfTarget(Errno failure) => failure
        is not (Errno.EAGAIN or Errno.ENOBUFS or Errno.ENOMEM or Errno.EMSGSIZE or Errno.EPERM or Errno.EINTR);

    private async ValueTask<bool> ReachAsync()
    {
        while (await turns.MoveNextAsync().ConfigureAwait(false))
        {
            var turn = turns.Current;
            var (socket, failure) = StreamConnect.OfDatagrams(turn.Address.End, source);
            if (socket is null)
            {
                turn.Failed(failure!.Value.Reason());
                continue;
            }

            _token = parts.Loop.Watch(socket, this, Events.Read | Events.Edge);
            (_target, _hasAnswered) = (socket, false);
            tally.Reach(record.Id, turn.Target.Index, turn.Address.End);
            return true;
        }

        return false;
    }

    private async Task AwaitLastAnswerAsync()
    {
        if (_isUnanswered)
        {
            _lastAnswer = new TaskCompletionSource();
            await _lastAnswer.Task.WaitAsync(LastAnswer, parts.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await LoopTurn.On(parts.Loop).ConfigureAwait(false);
        }
    }

    private void Leave()
    {
        if (_target is { } target)
        {
            _target = null;
            parts.Loop.Forget(target, _token);
            target.Dispose();
        }
    }
}
