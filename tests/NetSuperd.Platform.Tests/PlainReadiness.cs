using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Platform.Tests;

/// <summary>Waiting with select(2), a few milliseconds at a time.</summary>
internal sealed class PlainReadiness : Readiness
{
    private const int LongestMicroseconds = 2000;

    private readonly Dictionary<nint, Watched> _watched = [];
    private readonly Lock _lock = new();
    private int _wakes;

    public override void Add(SafeHandle descriptor, long token, Events events = Events.Read)
    {
        lock (_lock)
        {
            var number = descriptor.DangerousGetHandle();
            if (_watched.TryGetValue(number, out var before) && !before.Descriptor.IsClosed)
            {
                throw new CallException("Add", "", Errno.EEXIST);
            }

            _watched[number] = new Watched(descriptor, PlainError.SocketOf(descriptor), token, events);
        }
    }

    public override void Change(SafeHandle descriptor, long token, Events events)
    {
        lock (_lock)
        {
            if (_watched.TryGetValue(descriptor.DangerousGetHandle(), out var watched))
            {
                _watched[descriptor.DangerousGetHandle()] = watched with { Token = token, Events = events };
            }
        }
    }

    public override void Remove(SafeHandle descriptor)
    {
        lock (_lock)
        {
            if (!descriptor.IsClosed)
            {
                _watched.Remove(descriptor.DangerousGetHandle());
            }
        }
    }

    public override void Wake() => Interlocked.Increment(ref _wakes);

    public override ReadOnlySpan<ReadyDescriptor> Wait(TimeSpan? timeout)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var found = Found();
            if (found.Length > 0 || Interlocked.Exchange(ref _wakes, 0) > 0 || TimeProvider.System.GetElapsedTime(began) >= timeout)
            {
                return found;
            }
        }
    }

    public override void Dispose()
    {
        // It has no descriptor of its own.
    }

    private ReadyDescriptor[] Found()
    {
        List<Watched> all;
        lock (_lock)
        {
            foreach (var (number, _) in _watched.Where(entry => entry.Value.Descriptor.IsClosed).ToList())
            {
                _watched.Remove(number);
            }

            all = [.. _watched.Values];
        }

        var reading = all.Where(watched => (watched.Events & Events.Read) != 0).Select(watched => watched.Socket).ToList();
        var writing = all.Where(watched => (watched.Events & Events.Write) != 0).Select(watched => watched.Socket).ToList();
        if (reading.Count + writing.Count == 0)
        {
            _ = Thread.Yield();
            return [];
        }

        try
        {
            Socket.Select(reading, writing, null, LongestMicroseconds);
            return [.. News(all, reading, writing)];
        }
        catch (SocketException)
        {
            // One of them was closed meanwhile.
            return [];
        }
    }

    private static IEnumerable<ReadyDescriptor> News(List<Watched> all, List<Socket> reading, List<Socket> writing) =>
        from watched in all
        let events = (reading.Contains(watched.Socket) ? Events.Read : Events.None)
            | (writing.Contains(watched.Socket) ? Events.Write : Events.None)
        where events != Events.None && watched.IsNews(events)
        select new ReadyDescriptor(watched.Token, events);

    /// <summary>A socket that is watched, by its number.</summary>
    private sealed record Watched(SafeHandle Descriptor, Socket Socket, long Token, Events Events)
    {
        private (Events Events, int Available, int Calls)? _reported;

        /// <summary>
        /// Whether it is to be reported: always, or for changes alone if it is different or was used meanwhile.
        /// </summary>
        public bool IsNews(Events found)
        {
            if ((Events & Events.Edge) == 0)
            {
                return true;
            }

            var (before, now) = (_reported, (found, Socket.Available, (Descriptor as PlainStreamSocket)?.Calls ?? 0));
            _reported = now;
            return before != now;
        }
    }
}
