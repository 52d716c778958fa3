using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace NetSuperd.Native;

/// <summary>The socket on which the service manager is told the state of the daemon (sd_notify(3)).</summary>
/// <remarks>
/// Variables that are taken are removed from the environment that .NET shows. The C library's copy keeps it, but no child inherits that:
/// children get an environment that is made for them.
/// </remarks>
public sealed class NotifySocket : IDisposable
{
    private const string Variable = "NOTIFY_SOCKET";

    // A service manager that does not read must not hold up the daemon.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Descriptor _socket;
    private readonly byte[] _address;

    private NotifySocket(Descriptor socket, byte[] address)
    {
        _socket = socket;
        _address = address;
    }

    /// <summary>CLOCK_MONOTONIC in microseconds, for <c>MONOTONIC_USEC=</c> beside <c>RELOADING=1</c>.</summary>
    public static unsafe long MonotonicMicroseconds
    {
        get
        {
            Libc.TimeSpec now;
            return Libc.clock_gettime(Libc.CLOCK_MONOTONIC, &now) == 0 ? (now.tv_sec * 1_000_000) + (now.tv_nsec / 1000)
                : throw LibcException.Last("clock_gettime", "CLOCK_MONOTONIC");
        }
    }

    /// <summary>Takes <c>NOTIFY_SOCKET</c> out of the environment, a path or <c>@name</c>.</summary>
    /// <returns>The socket; null where the variable is not set, or names no unix socket.</returns>
    /// <exception cref="LibcException">socket(2) failed.</exception>
    public static unsafe NotifySocket? FromEnvironment()
    {
        var name = Take(Variable);
        if (name is not ['/' or '@', _, ..] || !SocketName.Fits(name))
        {
            return null;
        }

        var address = new byte[SocketName.SizeOfUnix];
        Array.Resize(ref address, SocketName.Write(name, address));
        var fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        var socket = fd >= 0 ? new Descriptor(fd) : throw LibcException.Last("socket", "AF_UNIX");
        var patience = new Libc.TimeValue { tv_sec = (long)Patience.TotalSeconds };
        _ = Libc.setsockopt(socket, Libc.SOL_SOCKET, Libc.SO_SNDTIMEO, &patience, (uint)sizeof(Libc.TimeValue));
        return new NotifySocket(socket, address);
    }

    /// <summary>Takes <c>WATCHDOG_USEC</c> and <c>WATCHDOG_PID</c> out of the environment (sd_watchdog_enabled(3)).</summary>
    /// <returns>
    /// The interval within which <c>WATCHDOG=1</c> has to be sent; null where the service manager does not ask for it, or asks another
    /// process.
    /// </returns>
    public static TimeSpan? TakeWatchdog()
    {
        var pid = Take("WATCHDOG_PID");
        return long.TryParse(Take("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var time)
            && time is > 0 and <= long.MaxValue / TimeSpan.TicksPerMicrosecond
            && (pid is null
                || (int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var ours) && ours == Environment.ProcessId))
            ? TimeSpan.FromMicroseconds(time) : null;
    }

    /// <summary>Tells the service manager: <c>READY=1</c>, or several assignments, one a line.</summary>
    /// <returns>Whether it was sent; a service manager that is gone, or has not read for five seconds, is not told.</returns>
    public bool Send(string state) => Send(state, []);

    /// <summary>Tells the service manager and gives it copies of descriptors: <c>FDSTORE=1</c>, <c>FDNAME=...</c>.</summary>
    /// <param name="state">The assignments, one a line.</param>
    /// <param name="descriptors">What it gets; at most 253 (unix(7), SCM_RIGHTS).</param>
    /// <returns>Whether it was sent.</returns>
    public unsafe bool Send(string state, IReadOnlyList<SafeHandle> descriptors)
    {
        var text = Encoding.UTF8.GetBytes(state);
        var control = new byte[descriptors.Count == 0 ? 0 : ControlSize(descriptors.Count)];
        var held = 0;
        try
        {
            for (; held < descriptors.Count; held++)
            {
                // A descriptor stays open, and its number its own, until it has been sent.
                var added = false;
                descriptors[held].DangerousAddRef(ref added);
                MemoryMarshal.Write(
                    control.AsSpan(sizeof(Libc.ControlHeader) + (held * sizeof(int))), (int)descriptors[held].DangerousGetHandle());
            }

            return Send(text, control, descriptors.Count);
        }
        finally
        {
            while (held > 0)
            {
                descriptors[--held].DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private unsafe bool Send(byte[] text, byte[] control, int count)
    {
        if (count > 0)
        {
            MemoryMarshal.Write(control, new Libc.ControlHeader
            {
                cmsg_len = sizeof(Libc.ControlHeader) + (count * sizeof(int)),
                cmsg_level = Libc.SOL_SOCKET,
                cmsg_type = Libc.SCM_RIGHTS,
            });
        }

        fixed (byte* address = _address, start = text, rights = control)
        {
            var part = new Libc.Part { iov_base = start, iov_len = text.Length };
            var message = new Libc.MessageHeader
            {
                msg_name = address,
                msg_namelen = (uint)_address.Length,
                msg_iov = &part,
                msg_iovlen = 1,
                msg_control = rights,
                msg_controllen = control.Length,
            };
            nint sent;
            do
            {
                sent = Libc.sendmsg(_socket, &message, Libc.MSG_NOSIGNAL);
            }
            while (sent < 0 && LibcException.Last("sendmsg", Variable).Errno is Errno.EINTR);

            return sent == text.Length;
        }
    }

    // CMSG_SPACE of cmsg(3).
    private static unsafe int ControlSize(int descriptors) => (sizeof(Libc.ControlHeader) + (descriptors * sizeof(int)) + 7) & ~7;

    private static string? Take(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, null);
        return value;
    }
}
