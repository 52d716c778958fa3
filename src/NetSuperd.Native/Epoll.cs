using System.Diagnostics;
using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>A set of descriptors for which one thread waits until one can be read or written (epoll(7)).</summary>
/// <remarks>The kernel watches descriptors by number: <see cref="Remove"/> one before it is disposed.</remarks>
public sealed class Epoll : Readiness
{
    private const int MaxEvents = 128;
    private const long WakeToken = -1;

    // struct epoll_event is packed on x86-64 and nowhere else (sys/epoll.h, __EPOLL_PACKED).
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataOffset + 8;

    private readonly Descriptor _set;
    private readonly Descriptor _wake;
    private readonly byte[] _events = new byte[MaxEvents * EventSize];
    private readonly ReadyDescriptor[] _ready = new ReadyDescriptor[MaxEvents];

    /// <summary>Makes an empty set.</summary>
    /// <exception cref="CallException">epoll_create1(2) or eventfd(2) failed.</exception>
    public Epoll()
    {
        _set = Own(Libc.epoll_create1(Libc.EPOLL_CLOEXEC), "epoll_create1");
        try
        {
            _wake = Own(Libc.eventfd(0, Libc.O_CLOEXEC | Libc.O_NONBLOCK), "eventfd");
        }
        catch (CallException)
        {
            _set.Dispose();
            throw;
        }

        // Edge-triggered: each write is reported once, and the number need not be read.
        Add(_wake, WakeToken, Events.Read | Events.Edge);
    }

    /// <inheritdoc/>
    public override void Add(SafeHandle descriptor, long token, Events events = Events.Read)
    {
        if (Control(Libc.EPOLL_CTL_ADD, descriptor, token, events) < 0)
        {
            throw Libc.Failure("epoll_ctl", "EPOLL_CTL_ADD");
        }
    }

    /// <inheritdoc/>
    public override void Change(SafeHandle descriptor, long token, Events events)
    {
        if (Control(Libc.EPOLL_CTL_MOD, descriptor, token, events) < 0)
        {
            throw Libc.Failure("epoll_ctl", "EPOLL_CTL_MOD");
        }
    }

    /// <inheritdoc/>
    public override unsafe void Remove(SafeHandle descriptor) => _ = Libc.epoll_ctl(_set, Libc.EPOLL_CTL_DEL, descriptor, null);

    /// <inheritdoc/>
    public override unsafe void Wake()
    {
        var one = 1L;
        _ = Libc.write(_wake, (byte*)&one, sizeof(long));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A signal that the runtime handles, such as SIGCHLD, cuts epoll_wait(2) short whatever its SA_RESTART says (signal(7)).
    /// </remarks>
    public override unsafe ReadOnlySpan<ReadyDescriptor> Wait(TimeSpan? timeout)
    {
        var began = timeout is null ? 0 : Stopwatch.GetTimestamp();
        fixed (byte* events = _events)
        {
            for (var left = timeout; ; left = timeout - Stopwatch.GetElapsedTime(began))
            {
                var count = Libc.epoll_wait(_set, events, MaxEvents, left is { } time ? Math.Max(0, (int)time.TotalMilliseconds) : -1);
                if (count >= 0)
                {
                    return Found(count);
                }

                var failure = Libc.Failure("epoll_wait", "");
                if (failure.Errno is not Errno.EINTR)
                {
                    throw failure;
                }
            }
        }
    }

    /// <summary>The same wait, for the tokens alone.</summary>
    /// <param name="timeout">The longest wait; null: no limit.</param>
    /// <param name="ready">Gets the tokens; cleared first.</param>
    /// <exception cref="CallException">epoll_wait(2) failed.</exception>
    public void Wait(TimeSpan? timeout, List<long> ready)
    {
        ready.Clear();
        foreach (var descriptor in Wait(timeout))
        {
            if (descriptor.Token != WakeToken)
            {
                ready.Add(descriptor.Token);
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _set.Dispose();
        _wake.Dispose();
    }

    private ReadOnlySpan<ReadyDescriptor> Found(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var e = _events.AsSpan(i * EventSize, EventSize);
            var events = MemoryMarshal.Read<uint>(e);
            var hasEnded = (events & (Libc.EPOLLERR | Libc.EPOLLHUP)) != 0;
            _ready[i] = new ReadyDescriptor(
                MemoryMarshal.Read<long>(e[DataOffset..]),
                (Events)(events & ~(Libc.EPOLLERR | Libc.EPOLLHUP))
                    | (hasEnded ? Events.Read | Events.Write | Events.End : Events.None));
        }

        return _ready.AsSpan(0, count);
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

    private static Descriptor Own(int fd, string call) => fd >= 0 ? new Descriptor(fd) : throw Libc.Failure(call, "");
}
