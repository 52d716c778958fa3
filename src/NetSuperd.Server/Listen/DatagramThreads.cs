namespace NetSuperd.Server.Listen;

/// <summary>The threads of all services whose datagrams are handled, each started when it is first needed.</summary>
/// <param name="start">Starts the thread of a service.</param>
internal sealed class DatagramThreads(Func<string, DatagramThread> start)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DatagramThread> _threads = [];

    /// <summary>The thread of a service. One that could not be started is tried again the next time.</summary>
    /// <exception cref="IOException">There is no descriptor for it.</exception>
    public DatagramThread Of(string service)
    {
        lock (_lock)
        {
            return _threads.TryGetValue(service, out var thread) ? thread : _threads[service] = start(service);
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

    /// <summary>Ends the threads of services that are over.</summary>
    public void End(Func<string, bool> areOver)
    {
        List<DatagramThread> ended = [];
        lock (_lock)
        {
            foreach (var service in _threads.Keys.Where(areOver).ToList())
            {
                if (_threads.Remove(service, out var thread))
                {
                    ended.Add(thread);
                }
            }
        }

        ended.ForEach(thread => thread.Dispose());
    }
}
