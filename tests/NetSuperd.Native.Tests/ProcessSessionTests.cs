using NetSuperd.Platform;
using NetSuperd.Systems;

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

    [Fact]
    public async Task TimeUsed_OfProcessesThatWait_StaysTheSame()
    {
        using var output = Pipe.Create();
        using var child = Start("sleep 1000 & echo; exec sleep 1000", output);
        var session = new HashSet<int> { child.Pid };
        await Waiting.UntilAsync(
            () => ProcessSession.TimeUsed(session) is { Count: 2 } before && Same(before, ProcessSession.TimeUsed(session)), "rest");

        ProcessSession.Signal(session, new HashSet<int>(), SignalName.SIGKILL);
        Spawned.Reap(child);

        static bool Same(IReadOnlyDictionary<int, long> one, IReadOnlyDictionary<int, long> other) =>
            one.Count == other.Count && one.All(used => other.TryGetValue(used.Key, out var time) && time == used.Value);
    }

    [Fact]
    public async Task TimeUsed_OfAProcessThatRuns_Grows()
    {
        using var output = Pipe.Create();
        using var child = Start("echo; while :; do :; done", output);
        var session = new HashSet<int> { child.Pid };
        var before = ProcessSession.TimeUsed(session)[child.Pid];
        await Waiting.UntilAsync(() => ProcessSession.TimeUsed(session)[child.Pid] > before, "time");

        child.SignalGroup(SignalName.SIGKILL);
        Spawned.Reap(child);
    }

    [Fact]
    public async Task Hold_OfASession_StopsEveryProcessUntilItIsDisposedOf()
    {
        using var output = Pipe.Create();
        using var child = Start("(while :; do :; done) & echo; while :; do :; done", output);
        var session = new HashSet<int> { child.Pid };
        IReadOnlyDictionary<int, long> stopped;

        using (var hold = new SessionHold())
        {
            Assert.True(await hold.StopAsync(session));

            stopped = ProcessSession.TimeUsed(session);
            Assert.Equal(2, stopped.Count);
            Assert.All(stopped.Keys, pid => Assert.True(ProcessSession.IsStopped(pid)));
            Assert.Equal(stopped, ProcessSession.TimeUsed(session));
        }

        await Waiting.UntilAsync(() => stopped.Keys.All(pid => !ProcessSession.IsStopped(pid)), "running processes");
        ProcessSession.Signal(session, new HashSet<int>(), SignalName.SIGKILL);
        Spawned.Reap(child);
    }

    [Fact]
    public async Task Hold_OfAProcessThatAnotherHasStopped_LeavesItStopped()
    {
        using var output = Pipe.Create();
        using var child = Start("sleep 1000 & echo $!; kill -STOP $!; while :; do :; done", output);
        var session = new HashSet<int> { child.Pid };
        await Waiting.UntilAsync(() => ProcessSession.TimeUsed(session).Keys.Any(ProcessSession.IsStopped), "the stop");

        using (var hold = new SessionHold())
        {
            Assert.True(await hold.StopAsync(session));
        }

        await Waiting.UntilAsync(() => !ProcessSession.IsStopped(child.Pid), "the running shell");
        Assert.Single(ProcessSession.TimeUsed(session).Keys, ProcessSession.IsStopped);
        ProcessSession.Signal(session, new HashSet<int>(), SignalName.SIGKILL);
        Spawned.Reap(child);
    }

    [Fact]
    public async Task Hold_WhenNoDescriptorIsLeft_ContinuesWhatItHasStopped()
    {
        using var output = Pipe.Create();
        using var child = Start("echo; while :; do :; done", output);
        var session = new HashSet<int> { child.Pid };
        using var hold = new SessionHold();
        Assert.True(await hold.StopAsync(session));

        DisposeWithoutADescriptor(hold);

        await Waiting.UntilAsync(() => !ProcessSession.IsStopped(child.Pid), "the running process");
        ProcessSession.Signal(session, new HashSet<int>(), SignalName.SIGKILL);
        Spawned.Reap(child);
    }

    private static unsafe void DisposeWithoutADescriptor(SessionHold hold)
    {
        var limits = stackalloc ulong[2];
        Assert.Equal(0, Libc.getrlimit(LimitedResource.RLIMIT_NOFILE, limits));
        var soft = limits[0];
        limits[0] = 3;
        Assert.Equal(0, Libc.setrlimit(LimitedResource.RLIMIT_NOFILE, limits));
        try
        {
            hold.Dispose();
        }
        finally
        {
            limits[0] = soft;
            Assert.Equal(0, Libc.setrlimit(LimitedResource.RLIMIT_NOFILE, limits));
        }
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
