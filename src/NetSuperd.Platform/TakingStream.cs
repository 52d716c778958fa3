namespace NetSuperd.Platform;

/// <summary>A stream that lines are only written to, and whose position tells how many bytes of them were taken.</summary>
/// <remarks>A write that fails throws a <see cref="CallException"/>.</remarks>
public abstract class TakingStream : Stream
{
    /// <inheritdoc/>
    public sealed override bool CanRead => false;

    /// <inheritdoc/>
    public sealed override bool CanSeek => false;

    /// <inheritdoc/>
    public sealed override bool CanWrite => true;

    /// <inheritdoc/>
    public sealed override long Length => throw new NotSupportedException();

    /// <summary>How many bytes of lines were taken.</summary>
    public sealed override long Position { get => Taken; set => throw new NotSupportedException(); }

    /// <summary>The same, for the target that counts them.</summary>
    protected long Taken { get; set; }

    /// <inheritdoc/>
    public abstract override void Write(ReadOnlySpan<byte> buffer);

    /// <inheritdoc/>
    public sealed override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public sealed override void Flush()
    {
        // Nothing is kept back.
    }

    /// <inheritdoc/>
    public sealed override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override void SetLength(long value) => throw new NotSupportedException();
}
