namespace NetSuperd.Tests.Logging;

/// <summary>A stream that the test can hold up and make fail.</summary>
internal sealed class TestStream : Stream
{
    private readonly Lock _gate = new();
    private readonly List<byte> _written = [];

    /// <summary>While it is not set, writes wait.</summary>
    public ManualResetEventSlim Open { get; } = new(initialState: true);

    /// <summary>Set when a write has begun.</summary>
    public ManualResetEventSlim Entered { get; } = new();

    /// <summary>Whether writes fail, as on a full disk.</summary>
    public volatile bool Fails;

    /// <summary>How many bytes of the next write that fails it takes before, as a disk that becomes full.</summary>
    public volatile int TakesBefore;

    /// <summary>Whether the end fails, as where the disk has not taken what was written.</summary>
    public bool FailsAtTheEnd { get; init; }

    /// <summary>How many writes have failed.</summary>
    public SemaphoreSlim Failures { get; } = new(0);

    public bool IsDisposed { get; private set; }

    public string Text
    {
        get
        {
            lock (_gate)
            {
                return System.Text.Encoding.UTF8.GetString([.. _written]);
            }
        }
    }

    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _written.Count; set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count)
    {
        Entered.Set();
        Assert.True(Open.Wait(TimeSpan.FromMinutes(5)));
        if (Fails)
        {
            lock (_gate)
            {
                _written.AddRange(buffer.AsSpan(offset, Math.Min(TakesBefore, count)));
            }

            TakesBefore = 0;
            Failures.Release();
            throw new IOException("no space left on device");
        }

        lock (_gate)
        {
            _written.AddRange(buffer.AsSpan(offset, count));
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
        if (FailsAtTheEnd)
        {
            throw new IOException("no space left on device");
        }
    }
}
