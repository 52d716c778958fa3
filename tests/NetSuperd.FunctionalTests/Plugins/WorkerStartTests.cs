using System.Globalization;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>Workers that cannot be started, or whose handlers cannot be created again.</summary>
public sealed class WorkerStartTests(BuiltPlugins plugins) : IClassFixture<ReadyPlugins>
{
    private const string Map = """
        [services.one]
        handler = "obeys"
        worker = "own"
        settings.once = "%dir%/once"
        """;

    [Fact]
    public async Task Handler_ThatCannotBeCreatedAgain_IsTriedUntilItCan()
    {
        await using var daemon = await WorkerDaemon.StartAsync(plugins, Map, "1s", "WorkerHandlerFailed");
        using var before = await ObedientPeer.ConnectAsync(daemon, "one");
        var old = await before.PidAsync();

        await before.TellAsync("exit 1");

        var failed = await daemon.WaitForEventAsync("WorkerHandlerFailed");
        Assert.Equal(("one", "worker:own"), (failed["Service"], failed["Worker"]));
        Assert.Contains("cannot be created: IOException", failed["Reason"], StringComparison.Ordinal);
        File.Delete(daemon.Scratch["once"]);
        using var after = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.NotEqual(old, await after.PidAsync());
    }

    [Fact]
    public async Task Reload_WithoutDescriptorsForAWorker_SaysSoAndLeavesTheOldMapInForce()
    {
        await using var daemon = await WorkerDaemon.StartAsync(plugins, Map, "1s", "ReloadRefused");
        using var before = await ObedientPeer.ConnectAsync(daemon, "one");
        var pid = await before.PidAsync();
        daemon.Edit(map => map.Replace("worker = \"own\"", "worker = \"next\"", StringComparison.Ordinal)
            .Replace("/once\"", "/twice\"", StringComparison.Ordinal));
        await LimitAsync(daemon, ProcFiles.Descriptors(daemon.Pid) + 3);

        var answer = await daemon.RequestAsync("reload");

        Assert.Equal(71, answer.Status);
        Assert.Contains(answer.Messages, message => message.Contains("raise its limit", StringComparison.Ordinal));
        await LimitAsync(daemon, 1000);
        using var after = await ObedientPeer.ConnectAsync(daemon, "one");
        Assert.Equal(pid, await after.PidAsync());
    }

    private static Task<string> LimitAsync(Daemon daemon, int descriptors) => Command.OutputAsync(
        "/usr/bin/prlimit", "--pid", $"{daemon.Pid}", string.Create(CultureInfo.InvariantCulture, $"--nofile={descriptors}:4096"));
}
