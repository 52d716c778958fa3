using NetSuperd.Platform;

namespace NetSuperd.Native;

/// <summary>Finds the call with which code holds its thread.</summary>
/// <remarks>
/// .NET does not tell the stack of another thread. What the runtime and the system tell about it is enough for the kind of the call: the
/// runtime marks the threads that wait in a call of its own (<see cref="ThreadState.WaitSleepJoin"/>), and such a call waits in futex(2),
/// whose fourth argument is its time limit. For all other threads the system has the name of the system call.
/// </remarks>
public static class HeldCall
{
    private static readonly BlockingCall Sleep = new(
        "Thread.Sleep or another wait with a time limit", "await Task.Delay or the task instead");

    private static readonly BlockingCall Lock = new(
        "a lock, Task.Wait, .Result or another wait without a time limit",
        "await the task instead, and SemaphoreSlim.WaitAsync in place of a lock");

    private static readonly BlockingCall Wait = new("a lock, Thread.Sleep, Task.Wait, .Result or another wait", Lock.Advice);

    private static readonly BlockingCall None = new("code that computes", "let it compute on a thread of its own");

    extension(BlockingCall)
    {
        /// <summary>The call of a thread that has been held for a while.</summary>
        /// <param name="thread">The thread.</param>
        /// <param name="number">The system's number of it.</param>
        public static BlockingCall Of(Thread thread, int number)
        {
            var call = SystemCall.Of(number);
            if ((thread.ThreadState & ThreadState.WaitSleepJoin) != 0)
            {
                return call is not { Name: "futex" } futex ? Wait : futex.Arguments is [_, _, _, 0, ..] ? Lock : Sleep;
            }

            return call is { } other
                ? new BlockingCall($"the system call {other.Name}", "await an asynchronous call, or use a thread of its own")
                : None;
        }
    }
}
