using NetSuperd.FunctionalTests.Harness;
using static NetSuperd.FunctionalTests.Spawn.PreforkTests;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>What a reload and a restart do with the children of <c>processes</c>.</summary>
public sealed class PreforkReloadTests
{
    [Fact]
    public async Task Reload_WithMoreProcesses_StartsTheMissingOnes()
    {
        await using var daemon = await StartAsync("");
        await StartedAsync(daemon, 3);

        await ReloadAsync(daemon, "processes = 3", "processes = 5");

        await StartedAsync(daemon, 5);
        Assert.DoesNotContain(daemon.Events, found => found.Name is "ChildEnding" or "ChildEnded");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reload_WithFewerProcesses_AsksTheOthersToEnd(bool restarts)
    {
        await using var daemon = await StartAsync("");
        await StartedAsync(daemon, 3);
        await (restarts ? daemon.RestartAsync() : Task.CompletedTask);

        await ReloadAsync(daemon, "processes = 3", "processes = 1");

        Assert.Equal("changed", (await daemon.WaitForEventAsync("ChildEnding"))["Reason"]);
        await daemon.WaitForEventsAsync("ChildEnded", 2);
        using var client = await daemon.ConnectAsync("p");
        Assert.Equal("one", (await HearAsync(client)).Word);
        Assert.Equal(3, daemon.Events.Count(found => found.Name == "ChildStarted"));
    }

    [Theory]
    [InlineData("WORD = \"one\"", "WORD = \"two\"", 3)]
    [InlineData("processes = 3", "", 1)]
    public async Task Reload_AServiceThatIsChanged_ReplacesAllChildren(string before, string after, int children)
    {
        await using var daemon = await StartAsync("");
        var old = await StartedAsync(daemon, 3);

        await ReloadAsync(daemon, before, after);

        await daemon.WaitForEventsAsync("ChildEnded", 3);
        using var client = await daemon.ConnectAsync("p");
        Assert.DoesNotContain((await HearAsync(client)).Pid, old);
        await StartedAsync(daemon, 3 + children);
    }

    [Fact]
    public async Task Reload_AChangedServiceWhoseChildrenAreLeft_ReplacesThemWhenAllHaveEnded()
    {
        await using var daemon = await StartAsync("on_change = \"leave\"");
        await StartedAsync(daemon, 3);

        await ReloadAsync(daemon, "WORD = \"one\"", "WORD = \"two\"");

        for (var left = 3; left > 0; left--)
        {
            using var client = await daemon.ConnectAsync("p");
            Assert.Equal("one", (await HearAsync(client)).Word);
            await client.SendAsync("end");
            await daemon.WaitForEventsAsync("ChildEnded", 4 - left);
        }

        await StartedAsync(daemon, 6);
        using var next = await daemon.ConnectAsync("p");
        Assert.Equal("two", (await HearAsync(next)).Word);
    }

    [Fact]
    public async Task Restart_KeepsAllChildrenAndReplacesTheOneThatEnds()
    {
        await using var daemon = await StartAsync("");
        var before = await StartedAsync(daemon, 3);
        await daemon.RestartAsync();
        using var client = await daemon.ConnectAsync("p");
        var (pid, _) = await HearAsync(client);
        Assert.Contains(pid, before);
        await client.SendAsync("fail");

        // The process before does not start one as well.
        var after = await StartedAsync(daemon, 4);
        Assert.Equal(3, after.Except([pid]).Count());
        await daemon.RestartAsync();

        await daemon.DoAsync("signal", "it", "CONT");
        Assert.Equal("3", (await daemon.WaitForEventAsync("ServiceSignalled"))["Count"]);
        await ReloadAsync(daemon, "WORD = \"one\"", "WORD = \"two\"");
        await daemon.WaitForEventsAsync("ChildEnded", 4);
        using var next = await daemon.ConnectAsync("p");
        Assert.Equal("two", (await HearAsync(next)).Word);
    }

    [Fact]
    public async Task Path_ThatIsRemoved_IsBoundAgainForNewChildren()
    {
        await using var daemon = await StartAsync(
            "", ports: "\"%dir%/it.sock\" = \"it\"", setup: new DaemonSetup { Expected = ["BindFailed"] });
        await StartedAsync(daemon, 3);

        File.Delete(daemon.Scratch["it.sock"]);

        Assert.Equal("unreachable", (await daemon.WaitForEventAsync("ChildEnding"))["Reason"]);
        await StartedAsync(daemon, 6);
        using var client = await TcpPeer.ConnectUnixAsync(daemon.Scratch["it.sock"]);
        Assert.Equal("one", (await HearAsync(client)).Word);
    }

    private static Task ReloadAsync(Daemon daemon, string before, string after)
    {
        daemon.Edit(map => map.Replace(before, after, StringComparison.Ordinal));
        return daemon.DoAsync("reload");
    }
}
