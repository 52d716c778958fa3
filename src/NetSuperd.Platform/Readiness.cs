using System.Runtime.InteropServices;

namespace NetSuperd.Platform;

/// <summary>
/// A set of descriptors for which one thread waits until one of them is ready: what an <see cref="EventLoop"/> asks of a system.
/// </summary>
/// <remarks>
/// All calls but <see cref="Wait"/> and <see cref="IDisposable.Dispose"/> are for any thread. A descriptor that is closed leaves the set by
/// itself. What each system has to do alike is in tests/Systems.
/// </remarks>
public abstract class Readiness : IDisposable
{
    /// <summary>Watches a descriptor; it is reported by its token, which is not negative.</summary>
    /// <exception cref="CallException">It cannot be watched: it is watched already, or no memory is left.</exception>
    public abstract void Add(SafeHandle descriptor, long token, Events events = Events.Read);

    /// <summary>Replaces the token and the events of a descriptor of the set; what holds already is reported.</summary>
    /// <exception cref="CallException">The system has no memory left.</exception>
    public abstract void Change(SafeHandle descriptor, long token, Events events);

    /// <summary>Stops watching a descriptor. An event of it that was found before may still be in the result of the current wait.</summary>
    public abstract void Remove(SafeHandle descriptor);

    /// <summary>Makes the current or the next <see cref="Wait"/> return.</summary>
    public abstract void Wake();

    /// <summary>Waits until one of the descriptors is ready, <see cref="Wake"/> is called or the time is over.</summary>
    /// <param name="timeout">The longest wait; null: no limit.</param>
    /// <returns>What is ready, until the next call.</returns>
    /// <exception cref="CallException">The system cannot wait.</exception>
    public abstract ReadOnlySpan<ReadyDescriptor> Wait(TimeSpan? timeout);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>A descriptor that is ready.</summary>
/// <param name="Token">The token by which it is watched; negative: none, but a wake.</param>
/// <param name="Events">What it is ready for; a read or write then finds its end or failure.</param>
public readonly record struct ReadyDescriptor(long Token, Events Events);
