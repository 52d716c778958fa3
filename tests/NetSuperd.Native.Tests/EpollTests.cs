namespace NetSuperd.Native.Tests;

/// <remarks>By themselves, because one stops the whole process for a moment.</remarks>
[Collection(RunsAlone.Name)]
public sealed class EpollTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Wait_InterruptedByASignal_Continues()
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        using var epoll = new Epoll();
        using var pipe = Pipe.Create();
        epoll.Add(pipe.Reader, 5);

        // A process that is stopped and continued has it with every thread (signal(7)).
        using var child = ChildProcess.Start(
            Spawned.Shell("i=0; while [ $((i += 1)) -lt 500 ]; do kill -STOP $PPID; kill -CONT $PPID; done; echo") with
            {
                Descriptors = [nothing, pipe.Writer, nothing],
            });
        var ready = new List<long>();
        epoll.Wait(Patience, ready);

        Assert.Equal([5L], ready);
        Spawned.Reap(child);
    }
}
