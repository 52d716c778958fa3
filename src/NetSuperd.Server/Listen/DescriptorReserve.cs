using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Server.Listen;

/// <summary>
/// The last descriptors of the process, which are kept from connections and datagram threads. Without a free descriptor the runtime cannot
/// even start a thread, and ends the process; and no child, log file or operator would get one.
/// </summary>
/// <remarks>
/// The kernel assigns the lowest free number, so the number of a new connection tells how many descriptors are left. Accepting begins again
/// when twice the reserve is free, lest it stops and begins again with every connection that ends. The reserve is at most a quarter of the
/// descriptors that are free without connections, so that twice the reserve is free when enough of them have ended.
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

    /// <summary>A reserve of 32 descriptors; fewer where the limit leaves little more than the daemon itself needs.</summary>
    /// <param name="limit">Tells how many descriptors the process may have.</param>
    /// <param name="used">How many it has before the first connection.</param>
    /// <param name="connections">Tells how many connections there are.</param>
    public DescriptorReserve(Func<long> limit, long used, Func<int> connections)
    {
        (_ask, _used, _connections) = (limit, used, connections);
        ReadLimit();
    }

    /// <summary>The message while connections wait because of the reserve, and what to do.</summary>
    public string Reason => Remedy(_limit);

    /// <summary>The message of a process that has no descriptor left.</summary>
    public static string Remedy(long limit) =>
        $"the process may have no more than {limit} descriptors: raise its limit (LimitNOFILE=, ulimit -n)";

    /// <summary>Asks for the limit again, which another process may have changed (prlimit(2)).</summary>
    public void ReadLimit()
    {
        Volatile.Write(ref _limit, _ask());
        Volatile.Write(ref _size, Math.Clamp((_limit - _used) / 4, 1, Most));
        Volatile.Write(ref _free, 0);
    }

    /// <summary>Notes the descriptor of a new connection.</summary>
    public void Note(StreamSocket connection) => _isTouched |= connection.DangerousGetHandle() >= _limit - _size;

    /// <summary>Takes descriptors for something other than a connection. For one thread at a time.</summary>
    /// <returns>Whether that many are available.</returns>
    public bool TryTake(int count)
    {
        // Counted again where few are left, at most once a second, since counting looks at every descriptor.
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

        // Each connection has one descriptor, its socket or its child's process. The others are the map's, and plugins may have opened
        // more.
        var used = Descriptors.Count();
        Volatile.Write(ref _used, Math.Max(0, used - _connections()));
        ReadLimit();
        _isTouched = _limit - used < 2 * _size;
        return _isTouched;
    }
}
