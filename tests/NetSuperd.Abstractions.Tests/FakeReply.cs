using System.Net;

namespace NetSuperd.Tests;

/// <summary>A datagram in memory, and what its handler answers.</summary>
internal sealed class FakeReply : IDatagramReply
{
    /// <summary>The answers.</summary>
    public List<byte[]> Sent { get; } = [];

    /// <summary>Has a handler serve a datagram.</summary>
    /// <returns>What it answers.</returns>
    public static IReadOnlyList<byte[]> To(IDatagramHandler handler, params byte[] data)
    {
        var reply = new FakeReply();
        handler.Handle(
            new Datagram(data, () => new IPEndPoint(IPAddress.Loopback, 50000), () => new IPEndPoint(IPAddress.Loopback, 7)), reply);
        return reply.Sent;
    }

    /// <inheritdoc/>
    public bool Send(ReadOnlySpan<byte> data)
    {
        Sent.Add(data.ToArray());
        return true;
    }
}
