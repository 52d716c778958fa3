using System.Runtime.InteropServices;
using System.Text;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

/// <summary>A fork server of this process, and the plans that it can start.</summary>
internal sealed class TestedForkServer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Latch _over = new();
    private ForkServer? _server;

    // make build leaves it there.
    public static string Helper { get; } = Path.GetFullPath("../../../../../out/netsuperd-exec", AppContext.BaseDirectory);

    public PlanMemory Plans { get; } = new();

    /// <summary>Starts it.</summary>
    /// <remarks>It ends with the thread that has started it.</remarks>
    public ForkServer Open(bool ownChildren = false, string? helper = null)
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        var starting = new TaskCompletionSource<ForkServer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var starter = new Thread(() =>
        {
            try
            {
                starting.SetResult(ForkServer.Start(helper ?? Helper, Plans, nothing, ownChildren: ownChildren));
            }
            catch (CallException failure)
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

    public SharedPlan Shell(string command, params string[] environment) =>
        Plans.Add(["--cwd=/", "--", "/bin/sh", "-c", command], ["PATH=/usr/bin:/bin", .. environment]);

    /// <summary>Runs a child to its end.</summary>
    public (string Output, ChildEnd End) Run(SharedPlan plan, string? variable = null, SafeHandle[]? more = null)
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

        return (text.ToString(), Reap(child));
    }

    public ChildProcess Start(SharedPlan plan, Pipe output, byte[] variables, SafeHandle[] more)
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

    public ChildEnd Reap(ChildProcess child)
    {
        Wait(child.End!);
        var end = child.TryReap();
        while (end is null)
        {
            Wait(_server!.Answers);
            Assert.True(_server.TryReceive(out var answer));
            Assert.Same(child, answer.Child);
            end = child.TryReap();
        }

        return end;
    }

    /// <summary>Leaves a fork server alone that the test has ended.</summary>
    public void Forget() => _server = null;

    public void Dispose()
    {
        if (_server is { } server)
        {
            server.Process.Kill();
            server.Process.Reap();
            server.Dispose();
        }

        Plans.Dispose();
        _over.Release();
    }

    public static void Wait(SafeHandle descriptor)
    {
        using var epoll = new Epoll();
        epoll.Add(descriptor, 1);
        var ready = new List<long>();
        epoll.Wait(Patience, ready);
        Assert.NotEmpty(ready);
    }
}
