using System.Runtime.InteropServices;
using NetSuperd.Platform;

namespace NetSuperd.Control;

/// <summary>A place at which clients find the daemon. One thread waits and accepts; the other calls may come from any thread.</summary>
/// <param name="place">Where, and which users may ask what.</param>
internal abstract class ControlListener(ControlPlace place) : IDisposable
{
    /// <summary>Where, and which users may ask what.</summary>
    public ControlPlace Place { get; protected set; } = place;

    /// <summary>Whether the path leads here.</summary>
    public abstract bool IsInPlace { get; }

    /// <summary>Whether a client waits.</summary>
    public abstract bool HasClient { get; }

    /// <summary>The descriptor for a successor; null: the system has none.</summary>
    public virtual SafeHandle? Handle => null;

    /// <summary>Changes which group may ask, at the same path.</summary>
    /// <exception cref="CallException">The group cannot be set.</exception>
    public abstract void Allow(ControlPlace next);

    /// <summary>Waits for a client.</summary>
    /// <returns>Whether there is one; false after <see cref="Wake"/>.</returns>
    /// <exception cref="CallException">The wait failed.</exception>
    public abstract bool Wait();

    /// <summary>Ends the wait, or the next one.</summary>
    public abstract void Wake();

    /// <summary>Accepts a client; null: it has gone.</summary>
    /// <exception cref="CallException">It cannot be accepted.</exception>
    public abstract ControlConnection? Accept();

    /// <summary>Removes the path, if it still leads here.</summary>
    public abstract void Unlink();

    /// <summary>Closes the place. The path is removed as well, unless another process uses it.</summary>
    public abstract void Dispose();
}
