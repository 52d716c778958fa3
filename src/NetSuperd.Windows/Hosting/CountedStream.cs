using NetSuperd.Platform;
using NetSuperd.Windows.Files;

namespace NetSuperd.Windows.Hosting;

/// <summary>A stream of lines whose position tells how many bytes of them were taken.</summary>
/// <param name="target">Gets the lines.</param>
/// <param name="name">The target for messages.</param>
/// <param name="isOwn">Whether the target is closed with it.</param>
internal sealed class CountedStream(Stream target, string name, bool isOwn) : Stream
{
    private long _taken;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => _taken; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    /// <exception cref="CallException">The lines cannot be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            target.Write(buffer);
            target.Flush();
            _taken += buffer.Length;
        }
        catch (IOException failure)
        {
            throw FileFailure.Of("WriteFile", name, failure);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
        // Each write has done it.
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && isOwn)
        {
            target.Dispose();
        }

        base.Dispose(disposing);
    }
}
