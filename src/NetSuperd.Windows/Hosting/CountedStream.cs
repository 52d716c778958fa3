using NetSuperd.Platform;
using NetSuperd.Windows.Files;

namespace NetSuperd.Windows.Hosting;

/// <summary>A stream of lines whose position tells how many bytes of them were taken.</summary>
/// <param name="target">Gets the lines.</param>
/// <param name="name">The target for messages.</param>
/// <param name="isOwn">Whether the target is closed with it.</param>
internal sealed class CountedStream(Stream target, string name, bool isOwn) : TakingStream
{
    /// <inheritdoc/>
    /// <exception cref="CallException">The lines cannot be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            target.Write(buffer);
            target.Flush();
            Taken += buffer.Length;
        }
        catch (IOException failure)
        {
            throw FileFailure.Of("WriteFile", name, failure);
        }
    }

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
