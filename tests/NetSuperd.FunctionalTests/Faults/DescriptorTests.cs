using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Faults;

/// <summary>A daemon that has hardly a descriptor left does what it is asked for, or changes nothing and says why.</summary>
public sealed class DescriptorTests
{
    // Below, the runtime may find none for a thread of its pool, and ends the process over it; above is more than a reload or a restart
    // takes.
    private const int Least = 4;
    private const int Most = 60;

    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%cat%" = "cat"

        [services.cat]
        exec = ["/bin/cat"]

        [daemon]
        pid_file = "%dir%/daemon.pid"
        drain = "2s"
        """;

    [Fact]
    public async Task Command_WithOneDescriptorLeft_IsAnswered()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        await LimitAsync(daemon, Least);

        Assert.Equal(daemon.Pid, (await daemon.StatusAsync()).Pid);
        await LimitAsync(daemon, 1000);
    }

    [Fact]
    public async Task Commands_AfterTheStart_LoadNoLibrary()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var loaded = ProcFiles.Libraries(daemon.Pid);

        foreach (var command in new[] { "status", "connections", "map" })
        {
            await daemon.DoAsync(command);
        }

        await daemon.DoAsync("pause", "cat");
        await daemon.DoAsync("resume", "cat");
        await daemon.AskedAsync(
            "explain", "192.0.2.1", $"127.0.0.1:{daemon.Port("echo")}", "--config", daemon.Scratch["map.toml"]);
        await daemon.DoAsync("reload");

        Assert.NotEmpty(loaded);
        Assert.Equal(loaded, ProcFiles.Libraries(daemon.Pid));
    }

    [Fact]
    public async Task Reload_WithFewDescriptors_AppliesAllOrNothing()
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["ReloadRefused"] });
        daemon.Edit(map => map.Replace("control.sock", "second.sock", StringComparison.Ordinal)
            .Replace("daemon.pid", "second.pid", StringComparison.Ordinal)
            .Replace("\"cat\"", "\"other\"", StringComparison.Ordinal).Replace("services.cat", "services.other", StringComparison.Ordinal));
        for (var (free, done) = (Least, false); !done; free += 3)
        {
            Assert.True(free < Most, daemon.Log.Tail);
            var refused = Count(daemon, "ReloadRefused");
            await LimitAsync(daemon, free);
            daemon.Signal(RunningProcess.SIGHUP);
            await Deadline.UntilAsync(
                () => (done = Count(daemon, "Reloaded") > 0) || Count(daemon, "ReloadRefused") > refused, "an end of the reload");
            await LimitAsync(daemon, 1000);
            if (!done)
            {
                Assert.Equal(daemon.Pid, (await daemon.StatusAsync()).Pid);
                Assert.Equal($"{daemon.Pid}\n", File.ReadAllText(daemon.Scratch["daemon.pid"]));
                Assert.False(File.Exists(daemon.Scratch["second.sock"]) || File.Exists(daemon.Scratch["second.pid"]));
            }
        }

        Assert.Equal(0, (await Netsuperd.RunAsync("status", "--control", daemon.Scratch["second.sock"])).Status);
        Assert.Equal($"{daemon.Pid}\n", File.ReadAllText(daemon.Scratch["second.pid"]));
        await Deadline.UntilAsync(
            () => !File.Exists(daemon.Scratch["control.sock"]) && !File.Exists(daemon.Scratch["daemon.pid"]), "no file of the old map");
    }

    [Fact]
    public async Task Restart_WithFewDescriptors_SucceedsOrSaysWhy()
    {
        await using var daemon = await Daemon.StartAsync(Map, new DaemonSetup { Expected = ["RestartFailed", "StartFailed"] });
        for (var (free, done) = (Least, false); !done; free += 3)
        {
            Assert.True(free < Most, daemon.Log.Tail);
            var failed = Count(daemon, "RestartFailed");
            await LimitAsync(daemon, free);
            daemon.Signal(RunningProcess.SIGUSR2);
            await Deadline.UntilAsync(
                () => (done = Count(daemon, "Restarted") > 0) || Count(daemon, "RestartFailed") > failed, "an end of the restart");
            if (!done)
            {
                await LimitAsync(daemon, 1000);
                Assert.Equal(daemon.Pid, (await daemon.StatusAsync()).Pid);
            }
        }

        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await client.TalkAsync("x"));
        client.Dispose();
        await daemon.StopAllAsync();
    }

    private static int Count(Daemon daemon, string name) => daemon.Events.Count(found => found.Name == name);

    /// <summary>Leaves it so many descriptors.</summary>
    private static Task<string> LimitAsync(Daemon daemon, int free) => Command.OutputAsync(
        "/usr/bin/prlimit", "--pid", $"{daemon.Pid}",
        string.Create(CultureInfo.InvariantCulture, $"--nofile={ProcFiles.Descriptors(daemon.Pid) + free}:4096"));
}
