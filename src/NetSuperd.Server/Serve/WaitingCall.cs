using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using NetSuperd.Native;

namespace NetSuperd.Server.Serve;

/// <summary>
/// A call of a handler that has to wait for its connection. The connection keeps it for the next one when its result has been taken.
/// </summary>
/// <remarks>
/// The code behind the call continues where the call completes for a built-in, which is on the loop, and on a thread of the pool for a
/// plugin. What ends the waiting on another thread (a token, an abort) hands the completion of a built-in's call over to the loop.
/// </remarks>
internal sealed class WaitingCall : IValueTaskSource<int>, IValueTaskSource, ILoopWork
{
    private readonly SocketConnection _connection;
    private ManualResetValueTaskSourceCore<int> _core;
    private CancellationTokenRegistration _cancellation;
    private int _count;
    private Exception? _failure;

    /// <param name="connection">The connection.</param>
    public WaitingCall(SocketConnection connection)
    {
        _connection = connection;
        _core.RunContinuationsAsynchronously = !connection.IsBuiltin;
    }

    /// <summary>What it waits for.</summary>
    public CallKind Kind { get; private set; }

    /// <summary>The room for what is received, or what is still to be sent.</summary>
    public Memory<byte> Buffer { get; private set; }

    /// <summary>Ends the waiting.</summary>
    public CancellationToken Token { get; private set; }

    /// <summary>The number of this use, for the <see cref="ValueTask"/>.</summary>
    public short Version => _core.Version;

    /// <summary>Begins another use. A token may end it from now on.</summary>
    /// <param name="kind">What it waits for.</param>
    /// <param name="buffer">The bytes.</param>
    /// <param name="registers">Whether the token has to be asked to tell.</param>
    /// <param name="token">Ends it.</param>
    public void Begin(CallKind kind, ReadOnlyMemory<byte> buffer, bool registers, CancellationToken token)
    {
        (Kind, Buffer, Token, _failure, _count) = (kind, MemoryMarshal.AsMemory(buffer), token, null, 0);
        if (registers)
        {
            _cancellation = token.UnsafeRegister(static (call, token) => ((WaitingCall)call!).Cancel(token), this);
        }
    }

    /// <summary>Bytes were sent, and there are more.</summary>
    public void Sent(int count) => Buffer = Buffer[count..];

    /// <summary>Notes its result, before <see cref="Complete"/>.</summary>
    public void Set(int count) => _count = count;

    /// <summary>Notes why it has failed, before <see cref="Complete"/>.</summary>
    public void Set(Exception failure) => _failure = failure;

    /// <summary>Completes it with what was noted, once. The connection has forgotten it by then, and no lock is held.</summary>
    public void Complete()
    {
        // A callback that is under way finds that the connection has forgotten the call.
        _cancellation.Unregister();
        if (_connection.IsBuiltin && !_connection.Loop.IsCurrent)
        {
            _connection.Loop.Post(this);
        }
        else
        {
            Run();
        }
    }

    /// <inheritdoc/>
    public void Run()
    {
        (Buffer, Token, _cancellation) = (default, default, default);
        if (_failure is { } failure)
        {
            _core.SetException(failure);
        }
        else
        {
            _core.SetResult(_count);
        }
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <inheritdoc/>
    public int GetResult(short token)
    {
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            throw new InvalidOperationException("the call is still under way");
        }

        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _failure = null;
            _core.Reset();
            _connection.Keep(this);
        }
    }

    /// <inheritdoc/>
    void IValueTaskSource.GetResult(short token) => GetResult(token);

    private void Cancel(CancellationToken token) => _connection.Cancel(this, token);
}

/// <summary>What a call waits for.</summary>
internal enum CallKind : byte
{
    /// <summary>Something to receive, which stays.</summary>
    Wait,

    /// <summary>Bytes, or the end of the peer's transmission.</summary>
    Receive,

    /// <summary>That all is sent.</summary>
    Send,

    /// <summary>What comes after the own transmission has ended, and is discarded.</summary>
    Discard,
}
