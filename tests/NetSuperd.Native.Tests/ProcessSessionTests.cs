namespace NetSuperd.Native.Tests;

[Collection(RunsAlone.Name)]
public sealed class ProcessSessionTests
{
    // As a shell with job control does it: the job has a process group of its own, and the session is the shell's.
    private const string TwoGroups = "exec perl -e 'if (!fork) { setpgrp(0, 0); syswrite(STDOUT, qq(x)); sleep(1000) } wait'";

    [Fact]
    public void Signal_AProcessOfAnotherGroup_IsReachedByItsSession()
    {
        using var output = Pipe.Create();
        using var child = Start(TwoGroups, output);

        Assert.Equal(1, ProcessSession.Signal(new HashSet<int> { child.Pid }, new HashSet<int> { child.Pid }, SignalName.SIGKILL));

        // The job was all that the shell waited for.
        Spawned.Reap(child);
        AssertEnds(output);
    }

    [Fact]
    public void Signal_ASessionThatIsNotReachedByGroup_IsReachedAltogether()
    {
        using var output = Pipe.Create();
        using var child = Start(TwoGroups, output);

        Assert.Equal(2, ProcessSession.Signal(new HashSet<int> { child.Pid }, new HashSet<int>(), SignalName.SIGKILL));

        Assert.Equal(SignalName.SIGKILL, Spawned.Reap(child).Signal);
        AssertEnds(output);
    }

    [Fact]
    public void Signal_AnotherSession_IsLeftAlone()
    {
        using var child = Spawned.StartSleeper();

        // No process has this number (proc(5) pid_max): the next one after the child's may be a session of this machine.
        Assert.Equal(0, ProcessSession.Signal(new HashSet<int> { int.MaxValue }, new HashSet<int>(), SignalName.SIGKILL));
        Assert.Null(child.TryReap());
        child.SignalGroup(SignalName.SIGKILL);
        Spawned.Reap(child);
    }

    [Fact]
    public void HasGroup_AfterTheLeader_IsTrueAsLongAsOneIsLeft()
    {
        using var output = Pipe.Create();
        using var child = Start("sleep 1000 & echo; exit", output);
        Spawned.Reap(child);

        Assert.True(ProcessSession.HasGroup(child.Pid));
        Assert.Equal(1, ProcessSession.Signal(new HashSet<int> { child.Pid }, new HashSet<int>(), SignalName.SIGKILL));
        AssertEnds(output);
    }

    /// <summary>Starts a shell and waits for its first byte.</summary>
    private static ChildProcess Start(string command, Pipe output)
    {
        using var nothing = File.OpenHandle("/dev/null");
        var child = ChildProcess.Start(Spawned.Shell(command) with { Descriptors = [nothing, output.Writer, nothing] });
        output.Writer.Dispose();
        using var epoll = new Epoll();
        epoll.Add(output.Reader, 1);
        epoll.Wait(TimeSpan.FromSeconds(30), []);
        Assert.Equal(1, output.Read(new byte[1]));
        return child;
    }

    /// <summary>Every process has the pipe: it ends when all are gone.</summary>
    private static void AssertEnds(Pipe output)
    {
        using var epoll = new Epoll();
        epoll.Add(output.Reader, 1);
        epoll.Wait(TimeSpan.FromSeconds(30), []);
        Assert.Equal(0, output.Read(new byte[1]));
    }
}
