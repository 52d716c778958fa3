namespace NetSuperd.Native;

/// <summary>What an <see cref="EventLoop"/> runs on its thread, once for each <see cref="EventLoop.Post"/>.</summary>
public interface ILoopWork
{
    /// <summary>Does it. Every descriptor of the loop waits for it: it must not block.</summary>
    void Run();
}
