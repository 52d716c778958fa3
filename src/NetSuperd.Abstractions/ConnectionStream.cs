namespace NetSuperd;

/// <summary>A <see cref="StreamConnection"/> for code that needs a <see cref="Stream"/>; it buffers nothing.</summary>
internal class ConnectionStream(StreamConnection connection) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.ReceiveAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.SendAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Blocking calls hold a pool thread of the daemon, which names the handler and the call in its log.
    public override int Read(byte[] buffer, int offset, int count)
    {
        var reading = ReadAsync(buffer.AsMemory(offset, count)).AsTask();
        Wait(reading, "Stream.Read");
        return reading.GetAwaiter().GetResult();
    }

    public override void Write(byte[] buffer, int offset, int count) =>
        Wait(WriteAsync(buffer.AsMemory(offset, count)).AsTask(), "Stream.Write");

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await connection.CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Wait(connection.CloseAsync().AsTask(), "Stream.Dispose");
        }

        base.Dispose(disposing);
    }

    private void Wait(Task call, string name)
    {
        connection.Block(name);
        try
        {
            call.GetAwaiter().GetResult();
        }
        finally
        {
            connection.Block(null);
        }
    }
}
