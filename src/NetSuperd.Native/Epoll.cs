using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>A set of descriptors for which one thread waits until one can be read or written (epoll(7)).</summary>
/// <remarks>The kernel watches descriptors by number: <see cref="Remove"/> one before it is disposed.</remarks>
public sealed class Epoll : IDisposable
{
    private const int MaxEvents = 128;
    private const long WakeToken = -1;

    // struct epoll_event is packed on x86-64 and nowhere else (sys/epoll.h, __EPOLL_PACKED).
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataOffset + 8;

    private readonly Descriptor _set;
    private readonly Descriptor _wake;
    private readonly byte[] _events = new byte[MaxEvents * EventSize];

    /// <summary>Makes an empty set.</summary>
    /// <exception cref="LibcException">epoll_create1(2) or eventfd(2) failed.</exception>
    public Epoll()
    {
        _set = Own(Libc.epoll_create1(Libc.EPOLL_CLOEXEC), "epoll_create1");
        try
        {
            _wake = Own(Libc.eventfd(0, Libc.O_CLOEXEC | Libc.O_NONBLOCK), "eventfd");
        }
        catch (LibcException)
        {
            _set.Dispose();
            throw;
        }

        // Edge-triggered: each write is reported once, and the number need not be read.
        Add(_wake, WakeToken, Events.Read | Events.Edge);
    }

    /// <summary>Watches a descriptor; it is reported by its token, which is not negative for a caller's own.</summary>
    /// <exception cref="LibcException">epoll_ctl(2) failed.</exception>
    public void Add(SafeHandle descriptor, long token, Events events = Events.Read)
    {
        if (Control(Libc.EPOLL_CTL_ADD, descriptor, token, events) < 0)
        {
            throw LibcException.Last("epoll_ctl", "EPOLL_CTL_ADD");
        }
    }

    /// <summary>Changes the events that a descriptor of the set is watched for.</summary>
    /// <exception cref="LibcException">epoll_ctl(2) failed.</exception>
    public void Change(SafeHandle descriptor, long token, Events events)
    {
        if (Control(Libc.EPOLL_CTL_MOD, descriptor, token, events) < 0)
        {
            throw LibcException.Last("epoll_ctl", "EPOLL_CTL_MOD");
        }
    }

    /// <summary>Stops watching a descriptor.</summary>
    public unsafe void Remove(SafeHandle descriptor) => _ = Libc.epoll_ctl(_set, Libc.EPOLL_CTL_DEL, descriptor, null);

    /// <summary>Makes the current or the next <see cref="Wait(TimeSpan?)"/> return.</summary>
    public unsafe void Wake()
    {
        var one = 1L;
        _ = Libc.write(_wake, (byte*)&one, sizeof(long));
    }

    /// <summary>Waits until something can be read, <see cref="Wake"/> is called or the time is over.</summary>
    /// <param name="timeout">The longest wait; null: no limit.</param>
    /// <param name="ready">Gets the tokens of what can be read; cleared first.</param>
    /// <exception cref="LibcException">epoll_wait(2) failed.</exception>
    public void Wait(TimeSpan? timeout, List<long> ready)
    {
        ready.Clear();
        var count = Wait(timeout);
        for (var i = 0; i < count; i++)
        {
            if (Token(i) != WakeToken)
            {
                ready.Add(Token(i));
            }
        }
    }

    /// <summary>Waits until one of the descriptors is ready, <see cref="Wake"/> is called or the time is over.</summary>
    /// <returns>How many events there are; one of them may be the wake, whose token is negative.</returns>
    /// <exception cref="LibcException">epoll_wait(2) failed.</exception>
    /// <remarks>
    /// A signal that the runtime handles, such as SIGCHLD, cuts epoll_wait(2) short whatever its SA_RESTART says (signal(7)).
    /// </remarks>
    internal unsafe int Wait(TimeSpan? timeout)
    {
        var began = timeout is null ? 0 : Stopwatch.GetTimestamp();
        fixed (byte* events = _events)
        {
            for (var left = timeout; ; left = timeout - Stopwatch.GetElapsedTime(began))
            {
                var count = Libc.epoll_wait(_set, events, MaxEvents, left is { } time ? Math.Max(0, (int)time.TotalMilliseconds) : -1);
                if (count >= 0)
                {
                    return count;
                }

                var failure = LibcException.Last("epoll_wait", "");
                if (failure.Errno is not Errno.EINTR)
                {
                    throw failure;
                }
            }
        }
    }

    /// <summary>The token of an event of the last <see cref="Wait(TimeSpan?)"/>.</summary>
    internal long Token(int index) => MemoryMarshal.Read<long>(_events.AsSpan((index * EventSize) + DataOffset));

    /// <summary>What the descriptor of an event is ready for; a read or write then finds its end or failure.</summary>
    internal Events Ready(int index)
    {
        var events = MemoryMarshal.Read<uint>(_events.AsSpan(index * EventSize));
        return (events & (Libc.EPOLLERR | Libc.EPOLLHUP)) != 0 ? (Events)events | Events.Read | Events.Write | Events.End : (Events)events;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _set.Dispose();
        _wake.Dispose();
    }

    private unsafe int Control(int operation, SafeHandle descriptor, long token, Events events)
    {
        var e = stackalloc byte[EventSize];
        var span = new Span<byte>(e, EventSize);
        span.Clear();

        // EPOLLERR and EPOLLHUP are always reported: a level-triggered descriptor without events would be reported without end.
        MemoryMarshal.Write(span, (uint)(events == Events.None ? Events.Edge : events));
        MemoryMarshal.Write(span[DataOffset..], token);
        return Libc.epoll_ctl(_set, operation, descriptor, e);
    }

    private static Descriptor Own(int fd, string call) => fd >= 0 ? new Descriptor(fd) : throw LibcException.Last(call, "");
}
