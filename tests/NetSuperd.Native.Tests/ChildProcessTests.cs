using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

[Collection(RunsAlone.Name)]
public sealed class ChildProcessTests
{
    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 255", 255)]
    public void TryReap_AChildThatExits_ReturnsTheStatus(string command, int status)
    {
        var (_, end) = Spawned.Run(Spawned.Shell(command));

        Assert.Equal((status, null), (end.Status, end.Signal));
    }

    [Theory]
    [InlineData("TERM", 15)]
    [InlineData("KILL", 9)]
    [InlineData("SEGV", 11)]
    public void TryReap_AChildThatIsKilled_ReturnsTheSignal(string signal, int number)
    {
        var (_, end) = Spawned.Run(Spawned.Shell($"kill -{signal} $$"));

        Assert.Equal((null, number), (end.Status, end.Signal));
    }

    [Fact]
    public void TryReap_AChildThatComputes_ReturnsItsTime()
    {
        var (_, busy) = Spawned.Run(Spawned.Shell("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"));
        var (_, idle) = Spawned.Run(Spawned.Shell("exit 0"));

        Assert.InRange(busy.UserTime, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        Assert.True(idle.UserTime < busy.UserTime);
    }

    [Fact]
    public void TryReap_ARunningChild_IsNullUntilItsGroupIsSignalled()
    {
        using var child = Spawned.StartSleeper();

        Assert.Null(child.TryReap());
        Assert.True(child.SignalGroup(SignalName.SIGTERM));
        Assert.Equal(SignalName.SIGTERM, Spawned.Reap(child).Signal);
        Assert.False(child.SignalGroup(SignalName.SIGTERM));
    }

    [Fact]
    public void TryReap_Twice_SaysThatTheChildIsReaped()
    {
        using var child = Spawned.StartSleeper();
        child.SignalGroup(SignalName.SIGKILL);
        Spawned.Reap(child);

        var failure = Assert.Throws<CallException>(() => child.TryReap());
        Assert.Equal("wait4", failure.Call);

        // ECHILD of errno(3), which the daemon does not distinguish.
        Assert.Equal(10, (int)failure.Errno);
    }

    [Fact]
    public void SignalGroup_GrandchildrenToo_EndWithTheirParent()
    {
        using var nothing = File.OpenHandle("/dev/null");
        using var output = Pipe.Create();
        using var child = ChildProcess.Start(
            Spawned.Shell("sleep 1000 & echo; wait") with { Descriptors = [nothing, output.Writer, output.Writer] });
        output.Writer.Dispose();
        using var epoll = new Epoll();
        epoll.Add(output.Reader, 1);
        var ready = new List<long>();
        epoll.Wait(TimeSpan.FromSeconds(30), ready);
        Assert.Equal(1, output.Read(new byte[1]));

        child.SignalGroup(SignalName.SIGKILL);

        // The grandchild holds the pipe as well: it has an end when both are gone.
        epoll.Wait(TimeSpan.FromSeconds(30), ready);
        Assert.Equal(0, output.Read(new byte[1]));
        Spawned.Reap(child);
    }

    [Fact]
    public void Start_TheDescriptor_IsCloseOnExec()
    {
        using var child = Spawned.StartSleeper();

        Assert.Equal(1, Libc.fcntl(child.End!, Libc.F_GETFD, 0));
        child.SignalGroup(SignalName.SIGKILL);
        Spawned.Reap(child);
    }
}
