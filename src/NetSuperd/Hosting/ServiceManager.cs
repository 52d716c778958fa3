using System.Runtime.InteropServices;
using System.Globalization;
using Microsoft.Extensions.Logging;
using NetSuperd.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Hosting;

/// <summary>What the daemon tells systemd (sd_notify(3)); nothing is sent where no service manager has started it.</summary>
internal sealed class ServiceManager : IServiceManager
{
    // Read before they are taken out of the environment: the daemon's successor gets them as well.
    private readonly string? _notifySocket = System.Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
    private readonly string? _watchdogTime = System.Environment.GetEnvironmentVariable("WATCHDOG_USEC");
    private readonly NotifySocket? _socket = NotifySocket.FromEnvironment();
    private readonly Dictionary<string, ulong?> _stored = [];

    /// <summary>Half of the watchdog interval; null where the service manager has no watchdog for the daemon.</summary>
    public TimeSpan? WatchdogInterval { get; } = NotifySocket.TakeWatchdog() / 2;

    /// <summary>Whether the service manager keeps the sockets for the next start.</summary>
    public bool KeepsSockets => _socket is not null && _stored.Count > 0;

    /// <summary>The environment variables for a successor.</summary>
    public IEnumerable<string> Environment =>
    [
        .. _socket is null ? Array.Empty<string>() : [$"NOTIFY_SOCKET={_notifySocket}"],
        .. WatchdogInterval is null ? Array.Empty<string>() : [$"WATCHDOG_USEC={_watchdogTime}"],
    ];

    /// <summary>The descriptors that the service manager kept for this start.</summary>
    public void Remember(IEnumerable<ListenDescriptor> sockets)
    {
        foreach (var socket in sockets)
        {
            _stored[socket.Name] = SocketCookie.Of(socket.Handle);
        }
    }

    /// <summary>Reports that the daemon serves.</summary>
    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>Reports that a reload has begun; <see cref="Ready"/> reports its end.</summary>
    public void Reloading() =>
        Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={NotifySocket.MonotonicMicroseconds}"));

    /// <summary>Reports that the daemon stops, and how long that takes at most.</summary>
    public void Stopping(TimeSpan most) =>
        Send(string.Create(
            CultureInfo.InvariantCulture, $"STOPPING=1\nSTATUS=Draining\nEXTEND_TIMEOUT_USEC={(long)most.TotalMicroseconds}"));

    /// <summary>Reports the successor as the main process.</summary>
    public void MainProcess(int pid) => Send(string.Create(CultureInfo.InvariantCulture, $"MAINPID={pid}"));

    /// <summary>Reports that the daemon is alive.</summary>
    public void KeepAlive() => Send("WATCHDOG=1");

    /// <summary>
    /// Gives the service manager copies of the sockets to keep over a restart, and removes those that are no longer in the map (FDSTORE of
    /// sd_pid_notify_with_fds(3)).
    /// </summary>
    /// <returns>Whether the service manager has them all; false where no descriptors are left for the copies.</returns>
    public bool Keep(IEnumerable<(SafeHandle Handle, string Name)> sockets, ILogger logger)
    {
        // Since version 254 systemd tells how many descriptors it keeps (FDSTORE of systemd.exec(5)); older versions close what is too
        // many.
        if (_socket is null || System.Environment.GetEnvironmentVariable("FDSTORE") is "0")
        {
            return true;
        }

        var (names, stored) = (new HashSet<string>(), 0);
        try
        {
            foreach (var (handle, name) in sockets)
            {
                using (handle)
                {
                    names.Add(name);
                    stored += Store(handle, name) ? 1 : 0;
                }
            }
        }
        catch (CallException failure)
        {
            logger.SocketsNotStored(failure.Message);
            return false;
        }

        foreach (var gone in _stored.Keys.Except(names).ToList())
        {
            Remove(gone);
        }

        if (stored > 0)
        {
            logger.StoredSockets(stored);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    /// <summary>Stores a socket, instead of an earlier one of the same name.</summary>
    /// <returns>Whether it was stored now.</returns>
    private bool Store(SafeHandle handle, string name)
    {
        var cookie = SocketCookie.Of(handle);
        if (_stored.TryGetValue(name, out var before))
        {
            if (before == cookie)
            {
                return false;
            }

            Remove(name);
        }

        return _socket!.Send($"FDSTORE=1\nFDPOLL=0\nFDNAME={name}", [handle]) && _stored.TryAdd(name, cookie);
    }

    private void Remove(string name)
    {
        Send($"FDSTOREREMOVE=1\nFDNAME={name}");
        _stored.Remove(name);
    }

    private void Send(string state) => _ = _socket?.Send(state);
}
