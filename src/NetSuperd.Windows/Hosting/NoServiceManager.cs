using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using NetSuperd.Hosting;

namespace NetSuperd.Windows.Hosting;

/// <summary>No service manager has started the program: nothing is told to one.</summary>
internal sealed class NoServiceManager : IServiceManager
{
    /// <inheritdoc/>
    public TimeSpan? WatchdogInterval => null;

    /// <inheritdoc/>
    public bool KeepsSockets => false;

    /// <inheritdoc/>
    public void Ready(string status)
    {
    }

    /// <inheritdoc/>
    public void Reloading()
    {
    }

    /// <inheritdoc/>
    public void Stopping(TimeSpan most)
    {
    }

    /// <inheritdoc/>
    public void KeepAlive()
    {
    }

    /// <inheritdoc/>
    public bool Keep(IEnumerable<(SafeHandle Handle, string Name)> sockets, ILogger logger) => true;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
