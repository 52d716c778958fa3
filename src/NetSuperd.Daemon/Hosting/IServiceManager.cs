using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace NetSuperd.Hosting;

/// <summary>What the daemon tells the program that has started it; nothing is told where no service manager has.</summary>
internal interface IServiceManager : IDisposable
{
    /// <summary>Half of the watchdog interval; null where the service manager has no watchdog for the daemon.</summary>
    TimeSpan? WatchdogInterval { get; }

    /// <summary>Whether the service manager keeps the sockets for the next start.</summary>
    bool KeepsSockets { get; }

    /// <summary>Reports that the daemon serves.</summary>
    void Ready(string status);

    /// <summary>Reports that a reload has begun; <see cref="Ready"/> reports its end.</summary>
    void Reloading();

    /// <summary>Reports that the daemon stops, and how long that takes at most.</summary>
    void Stopping(TimeSpan most);

    /// <summary>Reports that the daemon is alive.</summary>
    void KeepAlive();

    /// <summary>
    /// Gives the service manager copies of the sockets to keep over a restart, and removes those that are no longer in the map.
    /// </summary>
    /// <returns>Whether the service manager has them all; false where no descriptors are left for the copies.</returns>
    bool Keep(IEnumerable<(SafeHandle Handle, string Name)> sockets, ILogger logger);
}
