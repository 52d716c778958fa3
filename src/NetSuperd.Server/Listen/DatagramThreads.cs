namespace NetSuperd.Server.Listen;

/// <summary>
/// The threads on which datagrams are handled, each started when it is first needed: one for each service whose handler may block, and one
/// for all others.
/// </summary>
/// <param name="start">Starts a thread of a name.</param>
internal sealed class DatagramThreads(Func<string, DatagramThread> start)
{
    private const string Shared = "";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DatagramThread> _threads = [];

    /// <summary>The thread of a service. Where a thread cannot be started, the next call tries again.</summary>
    /// <param name="service">The service.</param>
    /// <param name="mayBlock">Whether its handler may block the thread.</param>
    /// <exception cref="IOException">There is no descriptor for it.</exception>
    public DatagramThread For(string service, bool mayBlock)
    {
        var key = mayBlock ? service : Shared;
        lock (_lock)
        {
            return _threads.TryGetValue(key, out var thread) ? thread
                : _threads[key] = start(mayBlock ? $"datagrams {service}" : "datagrams");
        }
    }

    /// <summary>Logs the names of handlers that block. To be called regularly.</summary>
    public void Watch()
    {
        lock (_lock)
        {
            foreach (var thread in _threads.Values)
            {
                thread.Watch();
            }
        }
    }

    /// <summary>Ends the threads that no service uses.</summary>
    /// <param name="services">The services with datagram handlers, and whether these may block.</param>
    public void EndOthers(IEnumerable<(string Service, bool MayBlock)> services)
    {
        var used = services.Select(service => service.MayBlock ? service.Service : Shared).ToHashSet();
        List<DatagramThread> ended = [];
        lock (_lock)
        {
            foreach (var key in _threads.Keys.Where(key => !used.Contains(key)).ToList())
            {
                if (_threads.Remove(key, out var thread))
                {
                    ended.Add(thread);
                }
            }
        }

        ended.ForEach(thread => thread.Dispose());
    }
}
