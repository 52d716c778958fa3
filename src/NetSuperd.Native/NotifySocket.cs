using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NetSuperd.Platform;

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

    private readonly UnixDatagrams _socket;

    private NotifySocket(UnixDatagrams socket) => _socket = socket;

    /// <summary>CLOCK_MONOTONIC in microseconds, for <c>MONOTONIC_USEC=</c> beside <c>RELOADING=1</c>.</summary>
    public static unsafe long MonotonicMicroseconds
    {
        get
        {
            Libc.TimeSpec now;
            return Libc.clock_gettime(Libc.CLOCK_MONOTONIC, &now) == 0 ? (now.tv_sec * 1_000_000) + (now.tv_nsec / 1000)
                : throw Libc.Failure("clock_gettime", "CLOCK_MONOTONIC");
        }
    }

    /// <summary>Takes <c>NOTIFY_SOCKET</c> out of the environment, a path or <c>@name</c>.</summary>
    /// <returns>The socket; null where the variable is not set, or names no unix socket.</returns>
    /// <exception cref="CallException">socket(2) failed.</exception>
    public static NotifySocket? FromEnvironment() =>
        Take(Variable) is ['/' or '@', _, ..] name && SocketName.Fits(name) ? new NotifySocket(UnixDatagrams.To(name, Patience)) : null;

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
    public bool Send(string state, IReadOnlyList<SafeHandle> descriptors) =>
        _socket.Send(Encoding.UTF8.GetBytes(state), descriptors) is null;

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static string? Take(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, null);
        return value;
    }
}
