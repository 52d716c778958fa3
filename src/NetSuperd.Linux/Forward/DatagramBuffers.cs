namespace NetSuperd.Linux.Forward;

/// <summary>
/// The buffers that all sessions of a service use in turn: on their loop, each datagram has been passed on before the next one is received.
/// </summary>
internal sealed class DatagramBuffers
{
    /// <summary>The longest message: a datagram, with the byte before it.</summary>
    public const int Length = 64 * 1024;

    /// <summary>For what comes from clients.</summary>
    public byte[] OfClients { get; } = new byte[Length];

    /// <summary>For what comes from targets. What waits for its client keeps the buffer, and the others get another one.</summary>
    public byte[] OfTargets { get; set; } = new byte[Length];
}
