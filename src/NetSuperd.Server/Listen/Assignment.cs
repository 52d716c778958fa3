using System.Net;
using System.Security.Cryptography;
using System.Text;
using NetSuperd.Native;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>What a map says of a listener: its sockets, all of one service, and where what arrives on them goes on.</summary>
internal sealed record Assignment(IReadOnlyList<SocketPlace> Places, Receiver Receiver)
{
    /// <summary>The service.</summary>
    public Service Service => Places[0].Port.Service;

    /// <summary>Whether children inherit the sockets themselves.</summary>
    public bool IsShared => Service.Program is { Wait: true };

    /// <summary>
    /// What a child with the sockets is, in a few letters: its service with all that a child gets and everyone who may come in, and its sockets. A child
    /// with another one serves something that the map does not say any more.
    /// </summary>
    public string Definition => IsShared ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [
        Service.Name,
        .. MapText.OfChild(Service),
        .. Places.Select(place => Service.Program!.Fds == ChildFds.Listen ? $"{place.Id} {place.Port.Name}" : place.Id)]))))[..16] : "";

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
    /// <param name="sockets">The sockets.</param>
    /// <param name="sender">The sender of the datagram that woke the service, where there is one.</param>
    /// <param name="asked">Completes when the child shall end, with the time that it has for that.</param>
    /// <param name="lease">What was taken for the child.</param>
    public Task<ShareOutcome> ShareAsync(IReadOnlyList<BoundSocket> sockets, EndPoint? sender, Task<TimeSpan> asked, IDisposable lease) =>
        Receiver.Shared([.. Places.Zip(sockets, (place, bound) => (place.Port, bound.Socket))], sender, asked, lease);

    /// <summary>Hands a connection on.</summary>
    public ValueTask AcceptedAsync(StreamSocket socket, IDisposable lease) => Receiver.Accepted(Places[0].Port, socket, lease);
}
