using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>A restart of a daemon that has more to hand over than a socket, a line or a variable of the environment holds.</summary>
public sealed class LargeRestartTests
{
    // Names of sockets and services that are together longer than a string of the environment may be (128 KiB), and than a line (64 KiB).
    private const int Services = 1200;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly string Padding = new('x', 55);

    [Fact]
    public async Task Restart_OfManyServices_KeepsSocketsPausesAndNumbers()
    {
        var all = Enumerable.Range(0, Services).Select(i => string.Create(CultureInfo.InvariantCulture, $"s{i}-{Padding}")).ToList();
        var unique = Guid.NewGuid().ToString("N") + "/x/y/z";
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            {string.Join('\n', all.Select(name => $"\"@{unique}/{name}\" = \"{name}\""))}
            {string.Join('\n', all.Select(name => $"[services.{name}]\nhandler = \"echo\""))}
            """);
        foreach (var name in all)
        {
            await daemon.DoAsync("pause", name);
        }

        await daemon.DoAsync("resume", all[^1]);

        var fresh = await daemon.RestartAsync();

        Assert.NotEqual(daemon.Pid, fresh);
        var states = (await daemon.StatusAsync()).Sockets.Select(socket => socket.State);
        Assert.Equal([.. Enumerable.Repeat("paused", Services - 1), "listening"], states);
        await Deadline.UntilAsync(() => daemon.HasExited, "the end of the old process", Limit);
        await daemon.StopAllAsync();
        Assert.Equal(Services, daemon.Events.Count(found => found.Name == "SocketAdopted"));
    }

    [Fact]
    public async Task Restart_ThatFailsForWantOfDescriptors_LeavesNoneOpen()
    {
        var ports = string.Join('\n', Enumerable.Range(0, 60).Select(i => $"\"@%dir%/{i}\" = \"echo\""));
        await using var daemon = await Daemon.StartAsync($"[ports]\n{ports}\n", new DaemonSetup { Expected = ["RestartFailed"] });
        await daemon.StatusAsync();
        var before = ProcFiles.Channels(daemon.Pid);
        await Command.OutputAsync("/usr/bin/prlimit", "--pid", $"{daemon.Pid}",
            string.Create(CultureInfo.InvariantCulture, $"--nofile={ProcFiles.Descriptors(daemon.Pid) + 40}:4096"));

        for (var i = 1; i <= 4; i++)
        {
            daemon.Signal(RunningProcess.SIGUSR2);
            await daemon.WaitForEventsAsync("RestartFailed", i);
        }

        await Deadline.UntilAsync(() => ProcFiles.Channels(daemon.Pid) <= before, "no descriptor left behind");
        await Command.OutputAsync("/usr/bin/prlimit", "--pid", $"{daemon.Pid}", "--nofile=4096:4096");
        await daemon.RestartAsync();
        await daemon.StopAllAsync();
    }
}
