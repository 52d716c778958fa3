using System.Diagnostics;
using System.Runtime.InteropServices;
using NetSuperd.Platform;
using NetSuperd.Windows.Calls;

namespace NetSuperd.Windows.Sockets;

/// <summary>A set of sockets for which one thread waits at a completion port of Windows.</summary>
/// <remarks>
/// A socket that is closed leaves the set by itself, as it does with epoll(7). A connection belongs to one set at a time; a listener may
/// belong to several. See <see cref="WatchedSocket"/> for how a socket is watched.
/// </remarks>
public sealed unsafe class WindowsReadiness : Readiness
{
    private const int MaxEvents = 128;

    // How long the end waits for the operations that the system still has: they have been told to end.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5);

    private readonly KernelHandle _port;
    private readonly Lock _lock = new();
    private readonly Dictionary<SafeHandle, WatchedSocket> _watched = [];
    private readonly Kernel32.CompletionEntry[] _entries = new Kernel32.CompletionEntry[MaxEvents];
    private readonly List<WatchedSocket> _later = [];
    private readonly List<WatchedSocket> _resuming = [];
    private List<(WatchedSocket Socket, Events Events)> _reports = [];
    private List<(WatchedSocket Socket, Events Events)> _taken = [];
    private ReadyDescriptor[] _ready = new ReadyDescriptor[MaxEvents];
    private int _count;

    /// <summary>Makes an empty set.</summary>
    /// <exception cref="CallException">A call failed.</exception>
    public WindowsReadiness()
    {
        // One thread waits.
        var port = Kernel32.CreateIoCompletionPort(Kernel32.INVALID_HANDLE_VALUE, 0, 0, 1);
        _port = port != 0 ? new KernelHandle(port) : throw Ws2.Failure("CreateIoCompletionPort", "");
        try
        {
            Device = new AfdDevice(_port);
        }
        catch (CallException)
        {
            _port.Dispose();
            throw;
        }
    }

    /// <summary>The driver that it asks.</summary>
    internal AfdDevice Device { get; }

    /// <summary>The operations that the system has.</summary>
    internal OperationCount Pending { get; } = new();

    /// <summary>How many sockets are in the set.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _watched.Count;
            }
        }
    }

    /// <inheritdoc/>
    public override void Add(SafeHandle descriptor, long token, Events events = Events.Read)
    {
        var connection = descriptor as WindowsStreamSocket;
        WatchedSocket socket;
        try
        {
            socket = new WatchedSocket(this, descriptor, token, connection is not null && connection.BelongsTo(this, _port));
        }
        catch (ObjectDisposedException)
        {
            throw new CallException("WSAIoctl", "SIO_BASE_HANDLE", Errno.EBADF);
        }

        lock (_lock)
        {
            if (!_watched.TryAdd(descriptor, socket))
            {
                throw new CallException("IOCTL_AFD_POLL", "", Errno.EEXIST);
            }
        }

        if (connection is not null && !connection.TryWatch(socket))
        {
            Gone(socket);
            throw new CallException("WSARecv", "", Errno.EEXIST);
        }

        socket.Watch(token, events);
    }

    /// <inheritdoc/>
    public override void Change(SafeHandle descriptor, long token, Events events) => Find(descriptor)?.Watch(token, events);

    /// <inheritdoc/>
    public override void Remove(SafeHandle descriptor) => Find(descriptor)?.Leave();

    /// <inheritdoc/>
    public override void Wake() => _ = Kernel32.PostQueuedCompletionStatus(_port, 0, 0, null);

    /// <inheritdoc/>
    public override ReadOnlySpan<ReadyDescriptor> Wait(TimeSpan? timeout)
    {
        ResumeReported();
        var began = timeout is null ? 0 : Stopwatch.GetTimestamp();
        _count = 0;
        for (var left = timeout; ; left = timeout - Stopwatch.GetElapsedTime(began))
        {
            TakeReports();
            var isLast = left <= TimeSpan.Zero;
            var isWoken = TakeCompletions(_count > 0 || isLast ? 0 : left is { } time ? (uint)time.TotalMilliseconds : Kernel32.INFINITE);
            if (_count > 0 || isWoken || isLast)
            {
                return _ready.AsSpan(0, _count);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The system may write to the memory of an operation until the operation has ended, so this waits for the ends. An operation that
    /// does not end keeps its memory for ever.
    /// </remarks>
    public override void Dispose()
    {
        List<WatchedSocket> left;
        lock (_lock)
        {
            left = [.. _watched.Values];
        }

        left.ForEach(socket => socket.Leave());
        for (var began = Stopwatch.GetTimestamp(); Pending.Value > 0 && Stopwatch.GetElapsedTime(began) < LongestEnd;)
        {
            _count = 0;
            _ = TakeCompletions(10);
        }

        Device.Dispose();
        _port.Dispose();
    }

    /// <summary>Reports at the next wait what no completion tells. From any thread.</summary>
    internal void Report(WatchedSocket socket, Events events)
    {
        lock (_lock)
        {
            _reports.Add((socket, events));
        }

        Wake();
    }

    /// <summary>Watches a socket again at the next wait: its watcher first does what it can. From any thread.</summary>
    internal void ResumeLater(WatchedSocket socket)
    {
        lock (_lock)
        {
            _later.Add(socket);
        }
    }

    /// <summary>A socket has left.</summary>
    internal void Gone(WatchedSocket socket)
    {
        lock (_lock)
        {
            if (_watched.TryGetValue(socket.Handle, out var present) && present == socket)
            {
                _watched.Remove(socket.Handle);
            }
        }
    }

    private WatchedSocket? Find(SafeHandle descriptor)
    {
        lock (_lock)
        {
            return _watched.GetValueOrDefault(descriptor);
        }
    }

    private void ResumeReported()
    {
        // One that fails at once is to be watched again at the wait after this one.
        lock (_lock)
        {
            _resuming.AddRange(_later);
            _later.Clear();
        }

        foreach (var socket in _resuming)
        {
            socket.Resume();
        }

        _resuming.Clear();
    }

    private void TakeReports()
    {
        lock (_lock)
        {
            (_reports, _taken) = (_taken, _reports);
        }

        foreach (var (socket, events) in _taken)
        {
            Add(socket, events);
        }

        _taken.Clear();
    }

    /// <returns>Whether a wake was among them.</returns>
    private bool TakeCompletions(uint milliseconds)
    {
        uint count;
        fixed (Kernel32.CompletionEntry* entries = _entries)
        {
            if (!Kernel32.GetQueuedCompletionStatusEx(_port, entries, MaxEvents, &count, milliseconds, 0))
            {
                var failure = Ws2.Failure("GetQueuedCompletionStatusEx", "");
                return Marshal.GetLastPInvokeError() == Kernel32.WAIT_TIMEOUT ? false : throw failure;
            }
        }

        var isWoken = false;
        foreach (var entry in _entries.AsSpan(0, (int)count))
        {
            if (entry.lpOverlapped is null)
            {
                isWoken = true;
                continue;
            }

            var operation = Operation.Of(entry.lpOverlapped);
            Add(operation.Socket, operation.Socket.Complete(operation));
        }

        return isWoken;
    }

    private void Add(WatchedSocket socket, Events events)
    {
        if (events == Events.None || socket.IsGone)
        {
            return;
        }

        if (_count == _ready.Length)
        {
            Array.Resize(ref _ready, 2 * _count);
        }

        _ready[_count++] = new ReadyDescriptor(socket.Token, events);
    }
}
