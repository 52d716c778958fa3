using System.Collections.Concurrent;
using NetSuperd.Platform;

namespace NetSuperd.Linux.Sessions;

/// <summary>What the sessions of all services have in common.</summary>
/// <param name="loop">The loop on which those continue whose socket is gone.</param>
internal sealed class SessionSet(EventLoop loop)
{
    private readonly ConcurrentDictionary<string, SessionPlaces> _places = new();

    /// <summary>The loop on which those continue whose socket is gone.</summary>
    public EventLoop Loop => loop;

    /// <summary>The places of a service, which another map does not change.</summary>
    public SessionPlaces PlacesOf(string service) => _places.GetOrAdd(service, _ => new SessionPlaces());
}
