using System.Net;
using System.Net.Sockets;
using NetSuperd.Server.Config;

namespace NetSuperd.Server.Listen;

/// <summary>Where what arrives goes on, by the map in force when it is accepted.</summary>
/// <param name="Accepted">Gets a connection; what it waits for, the loop waits for.</param>
/// <param name="Shared">
/// Starts a child with the sockets of a service, for a sender where one is known, and completes at its end: whether there was one.
/// </param>
internal sealed record Receiver(
    Func<Port, Socket, ValueTask> Accepted, Func<IReadOnlyList<(Port Port, Socket Socket)>, EndPoint?, Task<bool>> Shared);
