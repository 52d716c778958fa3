using NetSuperd.Native;

namespace NetSuperd.Server.Listen;

/// <summary>
/// The last descriptors of the process, which connections and threads for datagrams do not get. Without them the runtime cannot even start
/// a thread, and ends the process over it; and no child, no log file and no operator would get one.
/// </summary>
/// <remarks>
/// The kernel gives the lowest number that is free, so the number of a new connection tells how many descriptors are left. Accepting begins
/// again when twice the reserve is free, lest it stops and begins again with every connection that ends. The reserve is a quarter at most
/// of what is free without connections, so that twice as much is free again when enough of them have ended.
/// </remarks>
internal sealed class DescriptorReserve
{
    private const int Most = 32;

    private readonly Func<long> _ask;
    private readonly Func<int> _connections;
    private long _limit;
    private long _used;
    private long _size;
    private long _free;
    private volatile bool _isTouched;

    /// <summary>A reserve of 32 descriptors, less where the limit leaves hardly more than the daemon needs for itself.</summary>
    /// <param name="limit">Tells how many descriptors the process may have.</param>
    /// <param name="used">How many it has before the first connection.</param>
    /// <param name="connections">Tells how many connections there are.</param>
    public DescriptorReserve(Func<long> limit, long used, Func<int> connections)
    {
        (_ask, _used, _connections) = (limit, used, connections);
        Look();
    }

    /// <summary>Why nothing is accepted while the reserve is touched, and what to do.</summary>
    public string Reason => Remedy(_limit);

    /// <summary>What is said where a process has no descriptor left.</summary>
    public static string Remedy(long limit) =>
        $"the process may have no more than {limit} descriptors: raise its limit (LimitNOFILE=, ulimit -n)";

    /// <summary>Asks for the limit again, which another process may have changed (prlimit(2)).</summary>
    public void Look()
    {
        Volatile.Write(ref _limit, _ask());
        Volatile.Write(ref _size, Math.Clamp((_limit - _used) / 4, 1, Most));
        Volatile.Write(ref _free, 0);
    }

    /// <summary>Notes which descriptor a connection got.</summary>
    public void Note(StreamSocket connection) => _isTouched |= connection.DangerousGetHandle() >= _limit - _size;

    /// <summary>Takes descriptors for something else than a connection. For one thread at a time.</summary>
    /// <returns>Whether there are so many.</returns>
    public bool TryTake(int count)
    {
        // Counted again where few are left, and a second after: each time costs a look at every one of them.
        _free -= count;
        if (_free < 2 * _size)
        {
            _free = _ask() - Descriptors.Count() - count;
        }

        return _free >= _size;
    }

    /// <summary>Counts the descriptors again where a connection got into the reserve. Costs nothing as long as none did.</summary>
    /// <returns>Whether connections have to wait for others to end.</returns>
    public bool Check()
    {
        if (!_isTouched)
        {
            return false;
        }

        // Each connection has one, be it the socket or a child's process. What is left without them is the map's, and plugins may have
        // taken more.
        var used = Descriptors.Count();
        Volatile.Write(ref _used, Math.Max(0, used - _connections()));
        Look();
        return _isTouched = _limit - used < 2 * _size;
    }
}
