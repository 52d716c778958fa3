using NetSuperd.Platform;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server;

/// <summary>A client that has been accepted and is not served yet.</summary>
/// <param name="Socket">The connection.</param>
/// <param name="Record">Its record.</param>
/// <param name="Lease">What was taken for it.</param>
internal readonly record struct Client(StreamSocket Socket, ConnectionRecord Record, Lease Lease)
{
    /// <summary>What it gets before the service begins, if it comes from another service; otherwise empty.</summary>
    public ReadOnlyMemory<byte> Greeting { get; init; }

    /// <summary>The line that it gets where it is refused; null: the service's own.</summary>
    public string? Refusal { get; init; }
}
