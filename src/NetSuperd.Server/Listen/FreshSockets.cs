using Microsoft.Extensions.Logging;
using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>The sockets of a map that no listener has yet: they are bound, or taken from another process.</summary>
/// <param name="host">What the system offers.</param>
/// <param name="inherited">Sockets that another process has bound.</param>
/// <param name="released">Completes when that process has closed them.</param>
/// <param name="loop">Watches the processes that have one of them.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock.</param>
internal sealed class FreshSockets(
    Host host, IInheritance inherited, Task released, EventLoop loop, ILogger logger, TimeProvider time)
{
    /// <summary>Binds what is not bound yet, or takes it from those that another process has bound.</summary>
    /// <param name="places">The places that have no socket yet.</param>
    /// <param name="others">The sockets that stay.</param>
    /// <param name="failures">Receives the failures.</param>
    public Dictionary<string, BoundSocket> Bind(
        List<SocketPlace> places, IReadOnlyCollection<BoundSocket> others, Dictionary<string, BindFailure> failures)
    {
        var (fresh, adopted) = (new Dictionary<string, BoundSocket>(), new List<SocketPlace>());
        var byNumber = others.Where(other => other.IsIp).ToLookup(other => other.Port.Key.Number);
        foreach (var place in places)
        {
            var neighbours = byNumber[place.Port.Key.Number].Where(other => other.Place.Overlaps(place)).ToList();
            BoundSocket? socket = null;
            var failure = BindFailure.Catch(host, place, () =>
            {
                neighbours.ForEach(neighbour => neighbour.SharePort(share: true));
                socket = Adopt(place, adopted) ?? BoundSocket.Bind(
                    host, place, sharesPort: inherited.SharePort(place) | neighbours.Count > 0);
            });
            if (failure is null)
            {
                fresh.Add(place.Id, socket!);
            }
            else
            {
                failures[place.Id] = failure;
            }
        }

        foreach (var row in adopted.GroupBy(place => place.Row))
        {
            logger.SocketAdopted(SocketPlace.TextOf([.. row]), row.First().Port.Service.Name);
        }

        return fresh;
    }

    private BoundSocket? Adopt(SocketPlace place, List<SocketPlace> adopted)
    {
        if (inherited.Adopt(place, released) is not var (socket, holders, transport))
        {
            return null;
        }

        if (transport != place.Port.Key.Transport && transport == place.Port.Key.Transport.PortSpace)
        {
            logger.SocketOfAnotherProtocol(place.Local, place.Port.Service.Name, transport.ProtocolName, place.Protocol);
        }

        if (holders.Count > 0)
        {
            var told = inherited.Children.GetValueOrDefault(place.Id);
            socket.LeaveTo(place.Port.Service.Program is { Processes: not null } && told is not null
                ? SiblingsOf(socket, holders, told)
                : host.Sharing.Others(holders, told, loop, time));
        }

        adopted.Add(place);
        return socket;
    }

    /// <summary>The children of a predecessor that share a socket, each by itself: this process replaces the first that ends.</summary>
    private Siblings SiblingsOf(BoundSocket socket, IReadOnlyList<SafeHandle> processes, ToldChild told)
    {
        var siblings = new Siblings(told.Definition, told.StopSignal ?? SignalName.SIGTERM, [socket]);
        foreach (var process in processes)
        {
            siblings.TryAdd(host.Sharing.Others([process], told, loop, time));
        }

        siblings.Close();
        return siblings;
    }
}
