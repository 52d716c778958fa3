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

    private readonly IOwnProcess _process;
    private readonly Func<int> _connections;
    private long _limit;
    private long _used;
    private long _size;
    private long _free;
    private volatile bool _isTouched;

    /// <summary>A reserve of 32 descriptors; fewer where the limit leaves little more than the daemon itself needs.</summary>
    /// <param name="process">Tells how many descriptors the process has and may have; those of now are the daemon's own.</param>
    /// <param name="connections">Tells how many connections there are.</param>
    public DescriptorReserve(IOwnProcess process, Func<int> connections)
    {
        (_process, _used, _connections) = (process, process.Descriptors, connections);
        ReadLimit();
    }

    /// <summary>The message while connections wait because of the reserve, and what to do.</summary>
    public string Reason => Remedy(_process);

    /// <summary>The message of a process that has no descriptor left.</summary>
    public static string Remedy(IOwnProcess process) =>
        $"the process may have no more than {process.DescriptorLimit} descriptors: {process.MoreDescriptors}";

    /// <summary>Asks for the limit again, which another process may have changed (prlimit(2)).</summary>
    public void ReadLimit()
    {
        Volatile.Write(ref _limit, _process.DescriptorLimit);
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
            _free = _process.DescriptorLimit - _process.Descriptors - count;
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
        var used = _process.Descriptors;
        Volatile.Write(ref _used, Math.Max(0, used - _connections()));
        ReadLimit();
        _isTouched = _limit - used < 2 * _size;
        return _isTouched;
    }
}
