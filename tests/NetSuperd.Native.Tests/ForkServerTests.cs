using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <remarks>By themselves: children are counted.</remarks>
[Collection(RunsAlone.Name)]
public sealed class ForkServerTests : IDisposable
{
    private readonly TestedForkServer _tested = new();

    public static TheoryData<bool> Parents => [false, true];

    public void Dispose() => _tested.Dispose();

    [Theory]
    [MemberData(nameof(Parents))]
    public void TryStart_AProgram_RunsWithItsPlanAndItsOwnVariables(bool ownChildren)
    {
        _tested.Open(ownChildren);
        using var plan = _tested.Shell("echo \"$COMMON $OWN\"; exit 7", "COMMON=of all");

        var (output, end) = _tested.Run(plan, "OWN=of one");

        Assert.Equal(("of all of one\n", 7), (output, end.Status));
    }

    [Theory]
    [MemberData(nameof(Parents))]
    public void TryStart_OneChildAfterAnother_SeesNothingOfTheOneBefore(bool ownChildren)
    {
        _tested.Open(ownChildren);
        using var plan = _tested.Shell("env | grep -c SECRET; ls /proc/$$/fd");

        Assert.Equal("1\n0\n1\n2\n", _tested.Run(plan, "SECRET=first").Output);
        Assert.Equal("0\n0\n1\n2\n", _tested.Run(plan).Output);
    }

    [Theory]
    [MemberData(nameof(Parents))]
    public void TryStart_AChild_LeadsASessionOfItsOwnAndIsReapedOnce(bool ownChildren)
    {
        _tested.Open(ownChildren);
        using var plan = _tested.Shell("ps -o sid= -p $$ | tr -d ' '; echo $$; kill -TERM $$");

        var (output, end) = _tested.Run(plan);

        var lines = output.Split('\n');
        Assert.Equal(lines[1], lines[0]);
        Assert.Equal(15, end.Signal);
        Assert.False(Directory.Exists($"/proc/{lines[1]}"));
    }

    [Theory]
    [MemberData(nameof(Parents))]
    public void TryReap_AChild_ReturnsItsOwnPeakOfMemoryAndNotThatOfThisProcess(bool ownChildren)
    {
        _tested.Open(ownChildren);
        using var small = _tested.Plans.Add(["--", TestedForkServer.Helper, "--help"], []);
        using var large = _tested.Plans.Add(["--", "/usr/bin/perl", "-e", "my $text = 'x'; $text x= 200_000_000;"], []);

        // The system may count so few pages as none.
        Assert.InRange(_tested.Run(small).End.PeakMemory, 0, 4 << 20);
        Assert.InRange(_tested.Run(large).End.PeakMemory, 200_000_000, 900_000_000);
    }

    [Fact]
    public void TryReap_AfterChildrenWithLongPlans_ReturnsTheChildsOwnPeakOfMemory()
    {
        _tested.Open();
        using var small = _tested.Plans.Add(["--", TestedForkServer.Helper, "--help"], []);
        for (var i = 0; i < 4; i++)
        {
            using var large = _tested.Shell("exit 0", Variables(15, 100_000));
            using var other = _tested.Shell("exit 0", Variables(14, 1_000));
            _tested.Run(large);
            _tested.Run(other);
        }

        static string[] Variables(int count, int length) => [.. Enumerable.Range(0, count).Select(i => $"V{i}={new string('x', length)}")];

        Assert.InRange(_tested.Run(small).End.PeakMemory, 0, 1 << 20);
    }

    [Fact]
    public void TryStart_AChild_IsAChildOfThisProcess()
    {
        _tested.Open();
        using var plan = _tested.Shell("echo $PPID");

        Assert.Equal($"{Environment.ProcessId}\n", _tested.Run(plan).Output);
    }

    [Fact]
    public void TryStart_WithOwnChildren_IsAChildOfTheForkServer()
    {
        var server = _tested.Open(ownChildren: true);
        using var plan = _tested.Shell("echo $PPID");

        Assert.Equal($"{server.Process.Pid}\n", _tested.Run(plan).Output);
    }

    [Theory]
    [InlineData(250)]
    [InlineData(600)]
    public void TryStart_ManyDescriptors_AreThereInTheirOrder(int count)
    {
        _tested.Open();
        var pipes = Enumerable.Range(0, count).Select(_ => Pipe.Create()).ToList();
        var links = pipes.Select(pipe => new FileInfo($"/proc/self/fd/{pipe.Writer.DangerousGetHandle()}").LinkTarget!).ToList();
        using var plan = _tested.Shell($"i=3; while [ $i -lt {count + 3} ]; do readlink /proc/$$/fd/$i; i=$((i+1)); done");

        var (output, _) = _tested.Run(plan, more: [.. pipes.Select(pipe => pipe.Writer)]);

        Assert.Equal(links, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        pipes.ForEach(pipe => pipe.Dispose());
    }

    [Fact]
    public void Add_AnEnvironmentAsLongAsTheSystemAllows_ReachesTheChild()
    {
        _tested.Open();

        // MAX_ARG_STRLEN of execve(2): 32 pages, the zero included.
        var text = new string('x', (32 * 4096) - "LONG=".Length - 1);
        using var plan = _tested.Shell("echo ${#LONG} ${#OTHER}", $"LONG={text}", $"OTHER={text[1..]}");

        Assert.Equal($"{text.Length} {text.Length - 1}\n", _tested.Run(plan).Output);
    }

    [Fact]
    public void Add_MoreThanTheSystemAllows_IsRefused()
    {
        var texts = Enumerable.Repeat(new string('x', 100_000), 70).ToList();

        Assert.Equal(Errno.E2BIG, Assert.Throws<CallException>(() => _tested.Plans.Add(["--", "/bin/true"], texts)).Errno);
    }

    [Fact]
    public void Add_PlansThatAreDisposedOf_TakeNoMoreMemory()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _tested.Shell("exit 0", $"NUMBER={i}").Dispose();
        }

        Assert.InRange(RandomAccess.GetLength(_tested.Plans.File), 1, 1 << 16);
    }

    [Fact]
    public void Add_PlansOfManySizes_AreWhatWasWrittenLast()
    {
        _tested.Open();
        var plans = Enumerable.Range(0, 200)
            .Select(i => (Number: i, Plan: _tested.Shell($"echo {i}", $"PAD={new string('x', i * 50)}")))
            .ToList();
        foreach (var (_, plan) in plans.Where(pair => pair.Number % 2 == 0))
        {
            plan.Dispose();
        }

        using var late = _tested.Shell("echo late", $"PAD={new string('x', 500)}");
        Assert.Equal("late\n", _tested.Run(late).Output);
        Assert.All(
            plans.Where(pair => pair.Number % 2 == 1).Take(20),
            pair => Assert.Equal($"{pair.Number}\n", _tested.Run(pair.Plan).Output));
    }

    [Fact]
    public void TryStart_AfterTheForkServerWasKilled_SaysSo()
    {
        var server = _tested.Open();
        server.Process.Kill();
        TestedForkServer.Wait(server.Process.End!);

        Assert.False(server.TryReceive(out _));
        Assert.Null(server.TakeUnsaid(_ => true));
        using var plan = _tested.Shell("exit 0");
        using var nothing = File.OpenHandle("/dev/null");
        Assert.True(server.TryStart(1, plan, [], 0, [nothing, nothing, nothing, nothing]) is Errno.EPIPE or Errno.ECONNRESET);
    }

    [Theory]
    [MemberData(nameof(Parents))]
    public void TakeUnsaid_OfAForkServerThatWasKilledBeforeItsAnswer_IsTheChild(bool ownChildren)
    {
        var server = _tested.Open(ownChildren);
        using var plan = _tested.Shell("exec sleep 1000");
        using var output = Pipe.Create();
        var child = _tested.Start(plan, output, [], []);
        server.Process.Kill();
        TestedForkServer.Wait(server.Process.End!);

        // The note is that of the answer that has come, which is as good as one that has not.
        var unsaid = server.TakeUnsaid(id => id == 5);

        Assert.Equal((5, child.Pid), (unsaid!.Value.Id, unsaid.Value.Child!.Pid));
        Assert.Null(server.TakeUnsaid(id => id == 6));
        Assert.True(child.Kill());
        _ = ownChildren ? null : child.Reap();
        unsaid.Value.Child.Dispose();
        child.Dispose();
    }

    [Fact]
    public unsafe void Messages_InCSharp_AreAsLongAsInC()
    {
        // fork-server.h asserts the same numbers.
        Assert.Equal((40, 16, 168), (sizeof(ForkServer.Request), sizeof(ForkServer.Last), sizeof(ForkServer.Answer)));
        Assert.Equal(24, (int)System.Runtime.InteropServices.Marshal.OffsetOf<ForkServer.Answer>(nameof(ForkServer.Answer.Usage)));
    }

    [Fact]
    public void Dispose_OfThisEnd_EndsTheForkServer()
    {
        var server = _tested.Open();
        using var end = ProcessHandle.Open(server.Process.Pid)!;
        server.Dispose();

        TestedForkServer.Wait(end.End);
        Assert.Equal(0, server.Process.TryReap()!.Status);
        _tested.Forget();
    }

    [Fact]
    public void TryReap_OfAChildWhoseParentWasKilled_Throws()
    {
        var server = _tested.Open(ownChildren: true);
        using var plan = _tested.Shell("exec sleep 1000");
        using var output = Pipe.Create();
        var child = _tested.Start(plan, output, [], []);
        server.Process.Kill();
        TestedForkServer.Wait(server.Process.End!);
        server.Process.Reap();
        server.Dispose();
        _tested.Forget();

        Assert.True(child.SignalGroup(SignalName.SIGKILL));
        TestedForkServer.Wait(child.End!);
        Assert.Equal(Errno.ECHILD, Assert.Throws<CallException>(child.TryReap).Errno);
        Assert.False(child.SignalGroup(SignalName.SIGKILL));
        child.Dispose();
    }
}
