namespace NetSuperd.Platform;

/// <summary>Gets the events of a descriptor that an <see cref="EventLoop"/> watches.</summary>
public interface IWatcher
{
    /// <summary>
    /// Called on the loop's thread when the descriptor is ready. It must not block: every other descriptor of the loop waits for it.
    /// </summary>
    void Ready(Events events);
}
