using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

[Collection(RunsAlone.Name)]
public sealed class ProcessHandleTests
{
    [Fact]
    public void Signal_AProcess_EndsItAndTheHandleReportsIt()
    {
        using var child = Spawned.StartSleeper();
        using var process = ProcessHandle.Open(child.Pid)!;
        Assert.Equal((child.Pid, false, 1), (process.Pid, ProcessEnd.HasCome(process), Libc.fcntl(process.End, Libc.F_GETFD, 0)));
        Assert.True(process.Signal(0));

        Assert.True(process.Signal(SignalName.SIGTERM));

        Assert.Equal(SignalName.SIGTERM, Spawned.Reap(child).Signal);
        Assert.Equal((null, true), (process.Pid, ProcessEnd.HasCome(process)));
        Assert.False(process.Signal(SignalName.SIGTERM));
    }

    [Fact]
    public void End_OfAProcessThatIsNotReaped_CanBeRead()
    {
        using var child = Spawned.StartSleeper();
        using var process = ProcessHandle.Open(child.Pid)!;
        using var epoll = new Epoll();
        epoll.Add(process.End, 1);
        child.SignalGroup(SignalName.SIGKILL);

        var ready = new List<long>();
        epoll.Wait(TimeSpan.FromSeconds(30), ready);

        Assert.Equal([1L], ready);
        Assert.Equal((child.Pid, true), (process.Pid, ProcessEnd.HasCome(process)));
        Assert.NotNull(child.TryReap());
    }

    [Fact]
    public void Open_AProcessThatIsReaped_IsNull()
    {
        using var child = Spawned.StartSleeper();
        child.SignalGroup(SignalName.SIGKILL);
        Spawned.Reap(child);

        Assert.Null(ProcessHandle.Open(child.Pid));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void Open_NoNumberOfAProcess_IsNull(int pid) => Assert.Null(ProcessHandle.Open(pid));

    [Fact]
    public void From_ADescriptorOfAProcess_IsItsHandle()
    {
        using var child = Spawned.StartSleeper();
        using var process = ProcessHandle.From(Descriptor.Duplicate(child.End!))!;
        Assert.Equal((child.Pid, false), (process.Pid, ProcessEnd.HasCome(process)));

        child.SignalGroup(SignalName.SIGKILL);
        Spawned.Reap(child);

        Assert.True(ProcessEnd.HasCome(process));
        using var late = ProcessHandle.From(Descriptor.Duplicate(child.End!));
        Assert.True(ProcessEnd.HasCome(late!));
    }

    [Fact]
    public void From_AnotherDescriptor_IsNullAndLeavesItOpen()
    {
        using var pipe = Pipe.Create();

        Assert.Null(ProcessHandle.From(pipe.Reader));

        Bytes.Write(pipe.Writer, "x"u8);
        Assert.Equal(1, pipe.Read(new byte[2]));
    }
}
