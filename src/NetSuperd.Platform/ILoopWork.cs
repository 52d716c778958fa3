namespace NetSuperd.Platform;

/// <summary>What an <see cref="EventLoop"/> runs on its thread, once for each <see cref="EventLoop.Post"/>.</summary>
public interface ILoopWork
{
    /// <summary>Does the work. It must not block: every descriptor of the loop waits for it.</summary>
    void Run();
}
