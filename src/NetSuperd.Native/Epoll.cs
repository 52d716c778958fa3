using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NetSuperd.Native;

/// <summary>A set of descriptors that one thread waits for until something can be read (epoll(7), level-triggered).</summary>
/// <remarks>
/// The kernel watches descriptors by number: <see cref="Remove"/> one before it is disposed.
/// </remarks>
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

        Add(_wake, WakeToken);
    }

    /// <summary>Watches a descriptor; <see cref="Wait"/> reports it by its token, which is not negative for a caller's own.</summary>
    /// <exception cref="LibcException">epoll_ctl(2) failed.</exception>
    public unsafe void Add(SafeHandle descriptor, long token)
    {
        var e = stackalloc byte[EventSize];
        var span = new Span<byte>(e, EventSize);
        span.Clear();
        MemoryMarshal.Write(span, Libc.EPOLLIN);
        MemoryMarshal.Write(span[DataOffset..], token);
        if (Libc.epoll_ctl(_set, Libc.EPOLL_CTL_ADD, descriptor, e) < 0)
        {
            throw LibcException.Last("epoll_ctl", "EPOLL_CTL_ADD");
        }
    }

    /// <summary>Watches a descriptor no more.</summary>
    public unsafe void Remove(SafeHandle descriptor) => _ = Libc.epoll_ctl(_set, Libc.EPOLL_CTL_DEL, descriptor, null);

    /// <summary>Makes the current or the next <see cref="Wait"/> return.</summary>
    public unsafe void Wake()
    {
        var one = 1L;
        _ = Libc.write(_wake, (byte*)&one, sizeof(long));
    }

    /// <summary>Waits until something can be read, <see cref="Wake"/> is called or the time is over.</summary>
    /// <param name="timeout">At most this long; null: without end.</param>
    /// <param name="ready">Gets the tokens of what can be read; cleared first.</param>
    /// <exception cref="LibcException">epoll_wait(2) failed.</exception>
    public unsafe void Wait(TimeSpan? timeout, List<long> ready)
    {
        ready.Clear();
        var count = CountReady(timeout);
        for (var i = 0; i < count; i++)
        {
            var token = MemoryMarshal.Read<long>(_events.AsSpan((i * EventSize) + DataOffset));
            if (token == WakeToken)
            {
                long drained;
                _ = Libc.read(_wake, (byte*)&drained, sizeof(long));
            }
            else
            {
                ready.Add(token);
            }
        }
    }

    // A signal that the runtime handles, such as SIGCHLD, cuts epoll_wait(2) short whatever its SA_RESTART says (signal(7)).
    private unsafe int CountReady(TimeSpan? timeout)
    {
        var began = Stopwatch.GetTimestamp();
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _set.Dispose();
        _wake.Dispose();
    }

    private static Descriptor Own(int fd, string call) => fd >= 0 ? new Descriptor(fd) : throw LibcException.Last(call, "");
}
