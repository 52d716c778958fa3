using NetSuperd.Platform;

namespace NetSuperd.Control;

/// <summary>A connection between a daemon and a process that asks it.</summary>
internal abstract class ControlConnection : IDisposable
{
    /// <summary>
    /// The process at the other end; null: the system does not tell. Windows tells its user once something has been received.
    /// </summary>
    public abstract ControlPeer? Peer { get; }

    /// <summary>Receives some bytes.</summary>
    /// <returns>How many; 0: the other end has said all it had to say, or is gone.</returns>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Sends all bytes.</summary>
    /// <exception cref="IOException">The other end is gone.</exception>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>
    /// Sends a line with the process that it names: the command that waits for the end of the process may count processes otherwise.
    /// </summary>
    /// <returns>How many bytes were sent; none where the process cannot be passed, and the client uses the number.</returns>
    public virtual int SendWith(int pid, ReadOnlySpan<byte> line) => 0;

    /// <summary>The process that came along with a line; it belongs to the caller. Null: there was none.</summary>
    public virtual IProcessEnd? TakeProcess() => null;

    /// <summary>Ends both directions.</summary>
    public abstract void Shut();

    /// <inheritdoc/>
    public abstract void Dispose();
}
