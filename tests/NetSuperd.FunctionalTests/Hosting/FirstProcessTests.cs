using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>The daemon as the first process of a container.</summary>
public sealed class FirstProcessTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%orphan%" = "orphan"

        # Leaves a process behind that has a session of its own, and ends after its parent.
        [services.orphan]
        exec = ["/bin/sh", "-c", "setsid sh -c 'sleep 0.1' & echo $!"]

        [daemon]
        drain = "2s"
        """;

    [Theory]
    [InlineData(RunningProcess.SIGTERM)]
    [InlineData(RunningProcess.SIGINT)]
    public async Task Stop_BySignal_EndsTheContainer(int signal)
    {
        await using var container = await StartAsync();

        await SignalAsync(container, signal);

        Assert.Equal(0, await container.ExitAsync());
        await container.WaitForEventAsync("Stopped");
    }

    [Fact]
    public async Task Orphans_AreReaped()
    {
        await using var container = await StartAsync();
        for (var i = 0; i < 10; i++)
        {
            using var client = await container.ConnectAsync("orphan");
            await client.ReadToEndAsync();
        }

        await container.WaitForEventsAsync("ChildEnded", 10);
        Assert.All(container.Events.Where(found => found.Name == "ChildEnded"), end => Assert.Equal("exited", end["End"]));
        await Deadline.UntilAsync(() => Below(Init(container)).Count == 1, "nothing but the daemon in the container");
        await container.StopAllAsync();
    }

    [Fact]
    public async Task Restart_AgainAndAgain_KeepsTheContainer()
    {
        await using var container = await StartAsync();
        using var old = await container.ConnectAsync("echo");
        Assert.Equal("x", await old.TalkAsync("x"));
        await container.DoAsync("restart");
        Assert.Equal("y", await old.TalkAsync("y"));
        old.Dispose();

        // The second one is asked for by a signal to the first process, which passes it on to the daemon of now.
        await SignalAsync(container, RunningProcess.SIGUSR2);
        await container.WaitForEventsAsync("Restarted", 2);
        await Deadline.UntilAsync(() => Below(Init(container)).Count == 1, "the end of the processes that were replaced");
        Assert.False(container.HasExited);
        await SignalAsync(container, RunningProcess.SIGHUP);
        await container.WaitForEventAsync("Reloaded");
        using var client = await container.ConnectAsync("echo");
        Assert.Equal("z", await client.TalkAsync("z"));
        client.Dispose();

        await SignalAsync(container, RunningProcess.SIGTERM);
        Assert.Equal(0, await container.ExitAsync());
    }

    [Fact]
    public async Task Restart_WhileTheFirstProcessIsHeldUp_KeepsTheContainer()
    {
        await using var container = await StartAsync();
        var init = Init(container);
        var daemon = Below(init).Single();
        await SignalAsync(container, 19);
        await Command.OutputAsync("/bin/kill", "-USR2", $"{daemon}");
        await container.WaitForEventAsync("Restarted");
        await Deadline.UntilAsync(
            () => ProcFiles.Children(init).Any(child => child == (daemon, 'Z')), "the end of the daemon that was replaced");

        await SignalAsync(container, 18);

        await Deadline.UntilAsync(() => Below(init) is [var next] && next != daemon, "the next daemon alone");
        await container.StopAllAsync();
    }

    [Fact]
    public async Task Stop_FromAnotherPidNamespace_ReturnsWhenTheDaemonIsGone()
    {
        await using var container = await StartAsync();
        var init = Init(container);

        Assert.Equal("", await container.AskedAsync("stop"));

        Assert.Empty(Below(init));
        Assert.Equal(0, await container.ExitAsync());
    }

    [Fact]
    public async Task Crash_OfTheDaemon_EndsTheContainerWithItsSignal()
    {
        await using var container = await StartAsync();
        await Command.OutputAsync("/bin/kill", "-KILL", $"{Below(Init(container)).Single()}");

        Assert.Equal(137, await container.ExitAsync());
    }

    private static Task<Daemon> StartAsync()
    {
        Privilege.Require("a PID namespace");
        return Daemon.StartAsync(Map, new DaemonSetup { Through = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] });
    }

    private static int Init(Daemon container) => ProcFiles.Children(container.Pid).Single().Pid;

    private static List<int> Below(int init) => [.. ProcFiles.Children(init).Select(child => child.Pid)];

    private static Task<string> SignalAsync(Daemon container, int signal) =>
        Command.OutputAsync("/bin/kill", $"-{signal}", $"{Init(container)}");
}
