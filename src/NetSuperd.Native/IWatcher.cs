namespace NetSuperd.Native;

/// <summary>Gets the events of a descriptor that an <see cref="EventLoop"/> watches.</summary>
public interface IWatcher
{
    /// <summary>
    /// The descriptor is ready. Called on the loop's thread, which every other descriptor of the loop waits for: it must not block.
    /// </summary>
    void Ready(Events events);
}
