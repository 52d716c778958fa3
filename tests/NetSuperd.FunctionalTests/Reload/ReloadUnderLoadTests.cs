using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>The map changes again and again while clients come and go.</summary>
public sealed class ReloadUnderLoadTests
{
    [Theory]
    [InlineData("reload", 10)]
    [InlineData("restart", 2)]
    public async Task Reload_WildcardAndAddressInTurn_LosesNoConnection(string command, int times)
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%echo%" = "echo"
            %cat% = "cat"

            [services.cat]
            exec = ["/bin/cat"]
            """);
        var (echo, cat) = (daemon.Port("echo"), daemon.Port("cat"));
        using var handlers = Load.OnPort(echo);
        using var children = Load.OnPort(cat);
        for (var i = 0; i < times; i++)
        {
            var isEven = i % 2 == 0;
            daemon.Edit(map => isEven
                ? map.Replace($"\"127.0.0.1:{echo}\" =", $"{echo} =", StringComparison.Ordinal)
                    .Replace($"{cat} =", $"\"127.0.0.1:{cat}\" =", StringComparison.Ordinal)
                : map.Replace($"{echo} =", $"\"127.0.0.1:{echo}\" =", StringComparison.Ordinal)
                    .Replace($"\"127.0.0.1:{cat}\" =", $"{cat} =", StringComparison.Ordinal));
            await (command == "restart" ? daemon.RestartAsync() : daemon.DoAsync(command));
            await handlers.MoreAsync(5);
        }

        await handlers.EndAsync();
        await children.EndAsync();
    }

    [Fact]
    public async Task Reload_AHundredTimesUnderLoad_LeavesNothingBehind()
    {
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%cat%" = "cat"

            [services.cat]
            exec = ["/bin/cat"]
            """);
        using var load = Load.OnPort(daemon.Port("cat"));
        await load.MoreAsync(20);
        var channels = 0;
        for (var i = 0; i < 100; i++)
        {
            daemon.Edit(map => map.Contains("027", StringComparison.Ordinal)
                ? map.Replace("umask = \"027\"\n", "", StringComparison.Ordinal)
                : map.Replace("[services.cat]\n", "[services.cat]\numask = \"027\"\n", StringComparison.Ordinal));
            daemon.Signal(RunningProcess.SIGHUP);
            if (i % 10 == 9)
            {
                await daemon.DoAsync("reload");
                channels = channels == 0 ? ProcFiles.Channels(daemon.Pid) : channels;
            }
        }

        await load.MoreAsync(20);
        await load.EndAsync();
        await Deadline.UntilAsync(() => ProcFiles.Channels(daemon.Pid) <= channels, $"{channels} sockets and pipes again");
    }
}
