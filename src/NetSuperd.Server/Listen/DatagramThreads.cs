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

    /// <summary>The thread of a service. One that could not be started is tried again the next time.</summary>
    /// <param name="service">The service.</param>
    /// <param name="mayBlock">Whether its handler may block the thread.</param>
    /// <exception cref="IOException">There is no descriptor for it.</exception>
    public DatagramThread Of(string service, bool mayBlock)
    {
        var key = mayBlock ? service : Shared;
        lock (_lock)
        {
            return _threads.TryGetValue(key, out var thread) ? thread
                : _threads[key] = start(mayBlock ? $"datagrams {service}" : "datagrams");
        }
    }

    /// <summary>Names handlers that block. To be called every now and then.</summary>
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

    /// <summary>Ends the threads that no service uses any more.</summary>
    /// <param name="services">The services that have datagrams handled, and whether their handlers may block.</param>
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
