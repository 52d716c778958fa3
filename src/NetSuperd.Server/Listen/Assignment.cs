using System.Net;
using System.Net.Sockets;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>What a map says of a listener: its sockets, all of one service, and where what arrives on them goes on.</summary>
internal sealed record Assignment(IReadOnlyList<SocketPlace> Places, Receiver Receiver)
{
    /// <summary>The service.</summary>
    public Service Service => Places[0].Port.Service;

    /// <summary>Whether children inherit the sockets themselves.</summary>
    public bool IsShared => Service.Program is { Wait: true };

    /// <summary>Whether connections are accepted.</summary>
    public bool Accepts => !IsShared && Places[0].Port.Key.Transport is not (Transport.Udp or Transport.UnixDatagram);

    /// <summary>Takes what whoever comes next needs; null: to be asked again.</summary>
    public ValueTask<IDisposable?> EnterAsync(bool mayWait, CancellationToken stopping) => EnterAsync(mayWait, null, stopping);

    /// <inheritdoc cref="EnterAsync(bool, CancellationToken)"/>
    /// <param name="mayWait">Whether it may wait.</param>
    /// <param name="waiting">How many wait behind it.</param>
    /// <param name="stopping">Ends the waiting.</param>
    public ValueTask<IDisposable?> EnterAsync(bool mayWait, Func<int>? waiting, CancellationToken stopping) =>
        Receiver.Enter(Places[0].Port, mayWait, waiting, stopping);

    /// <summary>Starts a child with the sockets, which come in the order of the places.</summary>
    public Task<ShareOutcome> ShareAsync(IReadOnlyList<BoundSocket> sockets, EndPoint? sender, IDisposable lease) =>
        Receiver.Shared([.. Places.Zip(sockets, (place, bound) => (place.Port, bound.Socket))], sender, lease);

    /// <summary>Hands a connection on.</summary>
    public ValueTask AcceptedAsync(Socket socket, IDisposable lease) => Receiver.Accepted(Places[0].Port, socket, lease);
}
