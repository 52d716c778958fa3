using System.Runtime.InteropServices;
using System.Text;

namespace NetSuperd.Native.Tests;

/// <remarks>By themselves: children are counted.</remarks>
[Collection(RunsAlone.Name)]
public sealed class ForkServerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly PlanMemory _plans = new();
    private readonly Latch _over = new();
    private ForkServer? _server;

    // make build leaves it there.
    private static string Helper { get; } = Path.GetFullPath("../../../../../out/netsuperd-exec", AppContext.BaseDirectory);

    public static TheoryData<bool> Parents => [false, true];

    public void Dispose()
    {
        if (_server is { } server)
        {
            server.Process.Kill();
            server.Process.Reap();
            server.Dispose();
        }

        _plans.Dispose();
        _over.Release();
    }

    [Theory]
    [MemberData(nameof(Parents))]
    public void TryStart_AProgram_RunsWithItsPlanAndItsOwnVariables(bool ownChildren)
    {
        Open(ownChildren);
        using var plan = Shell("echo \"$COMMON $OWN\"; exit 7", "COMMON=of all");

        var (output, end) = Run(plan, "OWN=of one");

        Assert.Equal(("of all of one\n", 7), (output, end.Status));
    }

    [Theory]
    [MemberData(nameof(Parents))]
    public void TryStart_OneChildAfterAnother_SeesNothingOfTheOneBefore(bool ownChildren)
    {
        Open(ownChildren);
        using var plan = Shell("env | grep -c SECRET; ls /proc/$$/fd");

        Assert.Equal("1\n0\n1\n2\n", Run(plan, "SECRET=first").Output);
        Assert.Equal("0\n0\n1\n2\n", Run(plan).Output);
    }

    [Theory]
    [MemberData(nameof(Parents))]
    public void TryStart_AChild_LeadsASessionOfItsOwnAndIsReapedOnce(bool ownChildren)
    {
        Open(ownChildren);
        using var plan = Shell("ps -o sid= -p $$ | tr -d ' '; echo $$; kill -TERM $$");

        var (output, end) = Run(plan);

        var lines = output.Split('\n');
        Assert.Equal(lines[1], lines[0]);
        Assert.Equal(15, end.Signal);
        Assert.False(Directory.Exists($"/proc/{lines[1]}"));
    }

    [Theory]
    [MemberData(nameof(Parents))]
    public void TryReap_AChild_ReturnsItsOwnPeakOfMemoryAndNotThatOfThisProcess(bool ownChildren)
    {
        Open(ownChildren);
        using var small = _plans.Add(["--", Helper, "--help"], []);
        using var large = _plans.Add(["--", "/usr/bin/perl", "-e", "my $text = 'x'; $text x= 200_000_000;"], []);

        // The system may count so few pages as none.
        Assert.InRange(Run(small).End.PeakMemory, 0, 4 << 20);
        Assert.InRange(Run(large).End.PeakMemory, 200_000_000, 900_000_000);
    }

    [Fact]
    public void TryStart_AChild_IsAChildOfThisProcess()
    {
        Open();
        using var plan = Shell("echo $PPID");

        Assert.Equal($"{Environment.ProcessId}\n", Run(plan).Output);
    }

    [Fact]
    public void TryStart_WithOwnChildren_IsAChildOfTheForkServer()
    {
        var server = Open(ownChildren: true);
        using var plan = Shell("echo $PPID");

        Assert.Equal($"{server.Process.Pid}\n", Run(plan).Output);
    }

    [Theory]
    [InlineData(250)]
    [InlineData(600)]
    public void TryStart_ManyDescriptors_AreThereInTheirOrder(int count)
    {
        Open();
        var pipes = Enumerable.Range(0, count).Select(_ => Pipe.Create()).ToList();
        var links = pipes.Select(pipe => new FileInfo($"/proc/self/fd/{pipe.Writer.DangerousGetHandle()}").LinkTarget!).ToList();
        using var plan = Shell($"i=3; while [ $i -lt {count + 3} ]; do readlink /proc/$$/fd/$i; i=$((i+1)); done");

        var (output, _) = Run(plan, more: [.. pipes.Select(pipe => pipe.Writer)]);

        Assert.Equal(links, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        pipes.ForEach(pipe => pipe.Dispose());
    }

    [Fact]
    public void Add_AnEnvironmentAsLongAsTheSystemAllows_ReachesTheChild()
    {
        Open();

        // MAX_ARG_STRLEN of execve(2): 32 pages, the zero included.
        var text = new string('x', (32 * 4096) - "LONG=".Length - 1);
        using var plan = Shell("echo ${#LONG} ${#OTHER}", $"LONG={text}", $"OTHER={text[1..]}");

        Assert.Equal($"{text.Length} {text.Length - 1}\n", Run(plan).Output);
    }

    [Fact]
    public void Add_MoreThanTheSystemAllows_IsRefused()
    {
        var texts = Enumerable.Repeat(new string('x', 100_000), 70).ToList();

        Assert.Equal(Errno.E2BIG, Assert.Throws<LibcException>(() => _plans.Add(["--", "/bin/true"], texts)).Errno);
    }

    [Fact]
    public void Add_PlansThatAreDisposedOf_TakeNoMoreMemory()
    {
        for (var i = 0; i < 10_000; i++)
        {
            Shell("exit 0", $"NUMBER={i}").Dispose();
        }

        using var plan = Shell("exit 0");
        Assert.InRange(plan.SizeOfMemory, 1, 1 << 16);
    }

    [Fact]
    public void Add_PlansOfManySizes_AreWhatWasWrittenLast()
    {
        Open();
        var plans = Enumerable.Range(0, 200).Select(i => (Number: i, Plan: Shell($"echo {i}", $"PAD={new string('x', i * 50)}"))).ToList();
        foreach (var (_, plan) in plans.Where(pair => pair.Number % 2 == 0))
        {
            plan.Dispose();
        }

        using var late = Shell("echo late", $"PAD={new string('x', 500)}");
        Assert.Equal("late\n", Run(late).Output);
        Assert.All(plans.Where(pair => pair.Number % 2 == 1).Take(20), pair => Assert.Equal($"{pair.Number}\n", Run(pair.Plan).Output));
    }

    [Fact]
    public void TryStart_AfterTheForkServerWasKilled_SaysSo()
    {
        var server = Open();
        server.Process.Kill();
        Wait(server.Process.End!);

        Assert.False(server.TryReceive(out _));
        Assert.Null(server.TakeUnsaid(_ => true));
        using var plan = Shell("exit 0");
        using var nothing = File.OpenHandle("/dev/null");
        Assert.True(server.TryStart(1, plan, [], 0, [nothing, nothing, nothing, nothing]) is Errno.EPIPE or Errno.ECONNRESET);
    }

    [Theory]
    [MemberData(nameof(Parents))]
    public void TakeUnsaid_OfAForkServerThatWasKilledBeforeItsAnswer_IsTheChild(bool ownChildren)
    {
        var server = Open(ownChildren);
        using var plan = Shell("exec sleep 1000");
        using var output = Pipe.Create();
        var child = Start(plan, output, [], []);
        server.Process.Kill();
        Wait(server.Process.End!);

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
        var server = Open();
        using var end = ProcessHandle.Open(server.Process.Pid)!;
        server.Dispose();

        Wait(end.End);
        Assert.Equal(0, server.Process.TryReap()!.Status);
        _server = null;
    }

    [Fact]
    public void TryReap_OfAChildWhoseParentWasKilled_Throws()
    {
        var server = Open(ownChildren: true);
        using var plan = Shell("exec sleep 1000");
        using var output = Pipe.Create();
        var child = Start(plan, output, [], []);
        server.Process.Kill();
        Wait(server.Process.End!);
        server.Process.Reap();
        server.Dispose();
        _server = null;

        Assert.True(child.SignalGroup(SignalName.SIGKILL));
        Wait(child.End!);
        Assert.Equal(Errno.ECHILD, Assert.Throws<LibcException>(child.TryReap).Errno);
        Assert.False(child.SignalGroup(SignalName.SIGKILL));
        child.Dispose();
    }

    // The fork server ends with the thread that has started it.
    private ForkServer Open(bool ownChildren = false)
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        var starting = new TaskCompletionSource<ForkServer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var starter = new Thread(() =>
        {
            try
            {
                starting.SetResult(ForkServer.Start(Helper, _plans, nothing, ownChildren: ownChildren));
            }
            catch (LibcException failure)
            {
                starting.SetException(failure);
            }

            _over.Wait();
        })
        { IsBackground = true };
        starter.Start();
        Assert.True(starting.Task.Wait(Patience, TestContext.Current.CancellationToken));
        return _server = starting.Task.Result;
    }

    private SharedPlan Shell(string command, params string[] environment) =>
        _plans.Add(["--cwd=/", "--", "/bin/sh", "-c", command], ["PATH=/usr/bin:/bin", .. environment]);

    private (string Output, ChildEnd End) Run(SharedPlan plan, string? variable = null, SafeHandle[]? more = null)
    {
        using var output = Pipe.Create();
        using var child = Start(plan, output, variable is null ? [] : Encoding.UTF8.GetBytes(variable + '\0'), more ?? []);
        output.Writer.Dispose();
        var text = new StringBuilder();
        var buffer = new byte[65536];
        for (var count = -1; count != 0;)
        {
            Wait(output.Reader);
            count = output.Read(buffer);
            text.Append(Encoding.UTF8.GetString(buffer, 0, Math.Max(count, 0)));
        }

        Wait(child.End!);
        var end = child.TryReap();
        while (end is null)
        {
            Wait(_server!.Answers);
            Assert.True(_server.TryReceive(out var answer));
            Assert.Same(child, answer.Child);
            end = child.TryReap();
        }

        return (text.ToString(), end);
    }

    private ChildProcess Start(SharedPlan plan, Pipe output, byte[] variables, SafeHandle[] more)
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        using var report = Pipe.Create();
        Assert.Null(_server!.TryStart(
            5, plan, variables, variables.Length == 0 ? 0 : 1, [nothing, output.Writer, output.Writer, .. more, report.Writer]));
        Wait(_server.Answers);
        Assert.True(_server.TryReceive(out var answer));
        Assert.Equal((5, default), (answer.Id, answer.Error));
        return answer.Child!;
    }

    private static void Wait(SafeHandle descriptor)
    {
        using var epoll = new Epoll();
        epoll.Add(descriptor, 1);
        var ready = new List<long>();
        epoll.Wait(Patience, ready);
        Assert.NotEmpty(ready);
    }
}
