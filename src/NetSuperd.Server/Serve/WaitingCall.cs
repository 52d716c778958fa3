using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using NetSuperd.Platform;

namespace NetSuperd.Server.Serve;

/// <summary>
/// A handler's call that has to wait for its connection. The connection keeps the object for the next call when the result has been taken.
/// </summary>
/// <remarks>
/// The awaiting code continues on the loop for a built-in, where the call completes, and on a thread of the pool for a plugin. Where
/// another thread ends the waiting (a token, an abort), it posts the completion of a built-in's call to the loop.
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

    /// <summary>The kind of the call.</summary>
    public CallKind Kind { get; private set; }

    /// <summary>The room for received bytes, or the bytes that are still to be sent.</summary>
    public Memory<byte> Buffer { get; private set; }

    /// <summary>The token that ends the waiting.</summary>
    public CancellationToken Token { get; private set; }

    /// <summary>The number of this use, for the <see cref="ValueTask"/>.</summary>
    public short Version => _core.Version;

    /// <summary>Begins another use. A token may end it from now on.</summary>
    /// <param name="kind">What it waits for.</param>
    /// <param name="buffer">The bytes.</param>
    /// <param name="registers">Whether to register with the token.</param>
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

    /// <summary>Sets the result, before <see cref="Complete"/>.</summary>
    public void Set(int count) => _count = count;

    /// <summary>Sets the failure, before <see cref="Complete"/>.</summary>
    public void Set(Exception failure) => _failure = failure;

    /// <summary>
    /// Completes it once, with the result or the failure that was set. By then the connection has released it, and no lock is held.
    /// </summary>
    public void Complete()
    {
        // A callback that is under way finds that the connection has released the call.
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
    /// <summary>Bytes to receive, which stay in the queue.</summary>
    Wait,

    /// <summary>Bytes, or the end of the peer's transmission.</summary>
    Receive,

    /// <summary>More bytes than are known, or the end; all of them stay in the queue.</summary>
    Peek,

    /// <summary>All bytes are sent.</summary>
    Send,

    /// <summary>The system has connected it, or failed to.</summary>
    Connect,

    /// <summary>Bytes after the connection's own end of transmission, which are discarded.</summary>
    Discard,
}
