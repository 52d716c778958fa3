using System.Text;

namespace NetSuperd.Testing;

/// <summary>The client of a <see cref="TestConnection"/>, whose handler runs beside the test.</summary>
/// <remarks>Every wait has a limit, <see cref="Patience"/>, after which it throws <see cref="TimeoutException"/>.</remarks>
public sealed class TestClient : IDisposable
{
    private readonly TestConnection _connection;
    private readonly TaskCompletionSource<TestOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isGone;

    internal TestClient(TestConnection connection) => _connection = connection;

    /// <summary>The daemon's end of the connection, which the handler has.</summary>
    public TestConnection Connection => _connection;

    /// <summary>How long to wait for the handler, by the clock of the system; 10 s by default.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Sends a text as UTF-8.</summary>
    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends bytes, which the handler may receive in one call.</summary>
    /// <exception cref="ConnectionClosedException">The daemon's end is gone.</exception>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        lock (_connection.Gate)
        {
            if (_connection.Input.IsEnded)
            {
                throw new InvalidOperationException("the client has ended its transmission");
            }

            ThrowIfReset();
            _connection.Input.Add(bytes);
        }
    }

    /// <summary>Ends the transmission of the client: the handler receives 0 bytes, and may still send.</summary>
    public void End()
    {
        lock (_connection.Gate)
        {
            _connection.Input.End();
        }
    }

    /// <summary>Resets the connection.</summary>
    public void Reset()
    {
        lock (_connection.Gate)
        {
            _connection.Input.Reset();
        }
    }

    /// <summary>
    /// Closes the socket of the client. As in the system, bytes that it has not received make that a reset, and so does what is sent later.
    /// </summary>
    public void Dispose()
    {
        lock (_connection.Gate)
        {
            _isGone = true;
            if (_connection.Output.Count > 0)
            {
                _connection.Input.Reset();
            }
            else
            {
                _connection.Input.End();
            }
        }
    }

    /// <summary>Receives exactly so many bytes.</summary>
    /// <exception cref="EndOfStreamException">The handler ended its transmission before.</exception>
    /// <exception cref="ConnectionClosedException">The connection was aborted; the cause is what the handler threw.</exception>
    public Task<byte[]> ReceiveAsync(int count) => WithinAsync(TakeAsync(() => Output.Count >= count ? count : null, count), "bytes");

    /// <summary>Receives a line of UTF-8 without its end; null at the end of transmission.</summary>
    /// <exception cref="ConnectionClosedException">The connection was aborted; the cause is what the handler threw.</exception>
    public async Task<string?> ReceiveLineAsync()
    {
        var line = await WithinAsync(TakeAsync(() => LengthOfLine() ?? (Output.IsEnded ? Output.Count : null), 0), "a line")
            .ConfigureAwait(false);
        return line.Length == 0 ? null : Encoding.UTF8.GetString(line).TrimEnd('\n').TrimEnd('\r');
    }

    /// <summary>Receives the rest up to the end of transmission, as UTF-8.</summary>
    /// <exception cref="ConnectionClosedException">The connection was aborted; the cause is what the handler threw.</exception>
    public async Task<string> ReceiveTextAsync() => Encoding.UTF8.GetString(await ReceiveToEndAsync().ConfigureAwait(false));

    /// <summary>Receives the rest up to the end of transmission.</summary>
    /// <exception cref="ConnectionClosedException">The connection was aborted; the cause is what the handler threw.</exception>
    public async Task<byte[]> ReceiveToEndAsync()
    {
        var received = new List<byte>();
        while (await WithinAsync(TakeAsync(() => Output.Count > 0 || Output.IsEnded ? Output.Count : null, 0), "the end of transmission")
            .ConfigureAwait(false) is { Length: > 0 } bytes)
        {
            received.AddRange(bytes);
        }

        return [.. received];
    }

    /// <summary>Waits until the handler has received everything that was sent and waits for more.</summary>
    public Task HandlerWaitsAsync() => WithinAsync(IdleAsync(), "that it waits for input");

    /// <summary>Waits until the connection has ended, with a handler that a <see cref="TestService{THandler}"/> has started.</summary>
    public Task<TestOutcome> EndedAsync() => WithinAsync(_ended.Task, "its end");

    /// <summary>Ends the transmission of the client, and waits until the connection has ended.</summary>
    public Task<TestOutcome> CloseAsync()
    {
        End();
        return EndedAsync();
    }

    /// <summary>Notes the end of the connection.</summary>
    internal void Ended(TestOutcome outcome) => _ended.TrySetResult(outcome);

    /// <summary>What reaches a client that is gone is answered with a reset. Under the gate.</summary>
    internal void Notice(int sent)
    {
        if (_isGone && sent > 0)
        {
            Output.Discard(sent);
            _connection.Input.Reset();
        }
    }

    private Direction Output => _connection.Output;

    private int? LengthOfLine() => Output.Bytes.IndexOf((byte)'\n') is >= 0 and var end ? end + 1 : null;

    /// <summary>Takes bytes as soon as the function says how many.</summary>
    /// <param name="count">How many bytes to take; null: wait.</param>
    /// <param name="least">How many there must be at the end of transmission.</param>
    private async Task<byte[]> TakeAsync(Func<int?> count, int least)
    {
        while (true)
        {
            Task changed;
            lock (_connection.Gate)
            {
                ThrowIfReset();
                if (count() is { } length)
                {
                    var bytes = new byte[length];
                    Output.Take(bytes);
                    return bytes;
                }

                if (Output.IsEnded)
                {
                    throw new EndOfStreamException($"the handler ended its transmission after {Output.Count} of {least} bytes");
                }

                changed = Output.Changed.Next;
            }

            await changed.ConfigureAwait(false);
        }
    }

    private async Task IdleAsync()
    {
        while (true)
        {
            Task idle;
            lock (_connection.Gate)
            {
                if (_connection is { IsIdle: true, Input.Count: 0 })
                {
                    return;
                }

                idle = _connection.Idle.Next;
            }

            await idle.ConfigureAwait(false);
        }
    }

    private void ThrowIfReset()
    {
        if (Output.IsReset)
        {
            throw _connection.Failure is { } failure
                ? new ConnectionClosedException($"the connection was aborted, since the handler threw: {failure.Message}", failure)
                : new ConnectionClosedException("the connection was aborted");
        }
    }

    private async Task WithinAsync(Task task, string what)
    {
        try
        {
            await task.WaitAsync(Patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"waited {Patience.TotalSeconds} s for {what} of the handler in vain");
        }
    }

    private async Task<T> WithinAsync<T>(Task<T> task, string what)
    {
        await WithinAsync((Task)task, what).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }
}
