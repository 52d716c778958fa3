using System.Net;

namespace NetSuperd.Server.Serve;

/// <summary>The datagrams that a <see cref="DatagramCall"/> serves, by their numbers, and the way of its answers.</summary>
internal interface IDatagramExchange
{
    /// <summary>The bytes of a datagram.</summary>
    ReadOnlySpan<byte> Data(int index);

    /// <summary>The address of its sender; null for a unix socket without a name.</summary>
    EndPoint? Remote(int index);

    /// <summary>The address that it was sent to.</summary>
    EndPoint Local(int index);

    /// <summary>Answers it.</summary>
    /// <returns>Whether the answer will be sent.</returns>
    bool Answer(int index, ReadOnlySpan<byte> data);
}
