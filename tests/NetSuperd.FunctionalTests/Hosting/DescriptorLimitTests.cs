using System.Globalization;
using System.Text.RegularExpressions;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>
/// A map that needs more descriptors than the process may have is refused with one clear line, and nothing of it is begun.
/// </summary>
public sealed class DescriptorLimitTests
{
    private const int Limit = 300;

    // Root may raise its limit otherwise.
    private static readonly string[] Limited =
    [
        "/usr/bin/prlimit", string.Create(CultureInfo.InvariantCulture, $"--nofile={Limit}:{Limit}"),
        .. Environment.IsPrivilegedProcess ? (string[])["/usr/bin/setpriv", "--bounding-set=-sys_resource"] : [],
    ];

    [Theory]
    [InlineData(60)]
    [InlineData(500)]
    public async Task Start_OfTooLargeAMap_SaysWhatIsNeededAndWhatToDo(int services)
    {
        await using var daemon = Daemon.Launch(Map(services), new DaemonSetup { Through = Limited });

        Assert.Equal(78, await daemon.ExitAsync());
        AssertSaid(daemon.Log.Text, "error");
    }

    [Theory]
    [InlineData("run", 64)]
    [InlineData("run", 100)]
    [InlineData("check", 80)]
    public async Task Start_WithFewerDescriptorsThanTheProgramHasFiles_SaysWhatToDo(string command, int limit)
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", "[ports]\n\"@x\" = \"echo\"\n");

        var result = await Command.RunAsync(
            Limited[0], [$"--nofile={limit}:{limit}", .. Limited[2..], BuiltTree.Program, command, "--config", map]);

        Assert.Equal(71, result.Status);
        Assert.Contains("fewer than 128 descriptors", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfTooLargeAMap_Warns()
    {
        using var scratch = new Scratch();
        var map = scratch.Write(
            "map.toml", Map(60).Replace("%dir%", scratch.Folder, StringComparison.Ordinal) + "[defaults]\nuser = \"root\"\n");

        var result = await Command.RunAsync(Limited[0], [.. Limited[1..], BuiltTree.Program, "check", "--config", map]);

        Assert.Equal(0, result.Status);
        AssertSaid(result.Errors, "warning");
        Assert.Matches("the map is valid; it needs [0-9]+ descriptors, [0-9]+ with all the connections", result.Errors);
    }

    [Theory]
    [InlineData("\"127.0.0.1:%one%\" = \"discard\"\n\"@%one%\" = \"echo\"", 2)]
    [InlineData(
        "\"127.0.0.1:%one%/udp\" = \"echo\"\n\"127.0.0.1:%two%/udp\" = \"discard\"\n\"127.0.0.1:%three%/udp\" = \"daytime\"", 3 + 2)]
    [InlineData("\"127.0.0.1:%one%\" = \"a\"\n[services.a]\nexec = [\"/bin/cat\"]", 1 + 2 + 2)]
    [InlineData("\"127.0.0.1:%one%\" = \"a\"\n[services.a]\nexec = [\"/bin/cat\"]\nwait = true\nstderr = \"null\"", 1 + 2)]
    public async Task Check_OfAMap_CountsWhatTheDaemonHoldsOfIt(string added, int descriptors)
    {
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%echo%" = "echo"
            # {added.Replace("\n", "\n# ", StringComparison.Ordinal)}
            [daemon]
            """);
        var held = await HeldAsync(daemon);
        var needed = await NeededAsync(daemon);
        daemon.Edit(map => map.Replace("\n# ", "\n", StringComparison.Ordinal));

        await daemon.DoAsync("reload");

        Assert.Equal(needed + descriptors, await NeededAsync(daemon));
        await Deadline.UntilAsync(() => ProcFiles.Channels(daemon.Pid) == held + descriptors, $"{held} and {descriptors} descriptors");
        Assert.InRange(ProcFiles.Descriptors(daemon.Pid), 0, needed + descriptors);
    }

    [Fact]
    public async Task Check_OfProgramsWithAndWithoutABoundingSet_CountsTwoForkServers()
    {
        Privilege.Require("children of another user");
        await using var daemon = await Daemon.StartAsync("""
            [ports]
            "127.0.0.1:%echo%" = "echo"
            "127.0.0.1:%one%" = "one"
            # "127.0.0.1:%two%" = "two"
            [services.one]
            exec = ["/bin/cat"]
            user = "root"
            # [services.two]
            # exec = ["/bin/cat"]
            # user = "nobody"
            [daemon]
            """);
        await ProcFiles.ForkServerAsync(daemon.Pid);
        var held = await HeldAsync(daemon);
        var needed = await NeededAsync(daemon);
        daemon.Edit(map => map.Replace("\n# ", "\n", StringComparison.Ordinal));

        await daemon.DoAsync("reload");

        Assert.Equal(needed + 5, await NeededAsync(daemon));
        await Deadline.UntilAsync(() => ProcFiles.Channels(daemon.Pid) == held + 5, $"{held} and 5 descriptors");
    }

    [Fact]
    public async Task Reload_ToTooLargeAMap_ChangesNothing()
    {
        await using var daemon = await Daemon.StartAsync(
            "[ports]\n\"127.0.0.1:%echo%\" = \"echo\"\n[daemon]\nmax_connections = 50\n",
            new DaemonSetup { Through = Limited, Expected = ["ReloadRefused"] });
        var ports = Map(60).Replace("%dir%", daemon.Scratch.Folder, StringComparison.Ordinal);
        daemon.Edit(map => $"{ports}{map[map.IndexOf("[daemon]", StringComparison.Ordinal)..]}");

        var result = await daemon.AskAsync("reload");

        Assert.Equal(78, result.Status);
        AssertSaid(result.Errors, "error");
        using var client = await daemon.ConnectAsync("echo");
        Assert.Equal("x", await client.TalkAsync("x"));
        Assert.Single((await daemon.StatusAsync()).Sockets);
    }

    [Fact]
    public async Task Connections_MoreThanDescriptors_AreServedAgainWhenTheyHaveEnded()
    {
        const int Free = 25;
        await using var daemon = await Daemon.StartAsync(
            "[ports]\n\"127.0.0.1:%echo%\" = \"echo\"\n\"127.0.0.1:%cat%\" = \"cat\"\n[services.cat]\nexec = [\"/bin/cat\"]\n",
            new DaemonSetup { Expected = ["AcceptExhausted"] });
        await daemon.StatusAsync();
        await Command.OutputAsync("/usr/bin/prlimit", "--pid", $"{daemon.Pid}",
            string.Create(CultureInfo.InvariantCulture, $"--nofile={ProcFiles.Descriptors(daemon.Pid) + Free}:4096"));
        for (var round = 0; round < 2; round++)
        {
            var clients = await Task.WhenAll(Enumerable.Range(0, Free + 5).Select(_ => daemon.ConnectAsync("echo")));
            await Deadline.UntilAsync(
                () => daemon.Events.Count(found => found.Name == "AcceptExhausted") > round, "the end of the descriptors");

            // Each that ends makes room for one that waits.
            foreach (var client in clients)
            {
                Assert.Equal("TEST", await client.ExchangeAsync("TEST"));
                client.Dispose();
            }
        }

        using var child = await daemon.ConnectAsync("cat");
        Assert.Equal("x", await child.TalkAsync("x"));
        child.Dispose();
        await Command.OutputAsync("/usr/bin/prlimit", "--pid", $"{daemon.Pid}", "--nofile=4096:4096");
    }

    /// <summary>How many channels the daemon holds for good: the fewest seen, since one of a command may still be closing.</summary>
    private static async Task<int> HeldAsync(Daemon daemon)
    {
        var (fewest, same) = (int.MaxValue, 0);
        await Deadline.UntilAsync(
            () =>
            {
                var held = ProcFiles.Channels(daemon.Pid);
                (fewest, same) = held < fewest ? (held, 0) : (fewest, same + 1);
                return same == 20;
            },
            "a number of descriptors that stays");
        return fewest;
    }

    /// <summary>How many descriptors the map needs before the first connection.</summary>
    private static async Task<int> NeededAsync(Daemon daemon)
    {
        var result = await Netsuperd.RunAsync("check", "--config", daemon.Scratch["map.toml"]);
        return int.Parse(Regex.Match(result.Errors, "it needs ([0-9]+) descriptors").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static string Map(int services) => $"""
        [ports]
        {string.Join('\n', Enumerable.Range(0, services).Select(i => $"\"%dir%/{i}.sock\" = \"s{i}\""))}
        {string.Join('\n', Enumerable.Range(0, services).Select(i => $"[services.s{i}]\nexec = [\"/bin/cat\"]"))}

        """;

    private static void AssertSaid(string text, string severity)
    {
        Assert.Matches($"{severity}: the map needs [0-9]+ descriptors before the first connection,", text);
        Assert.Contains(
            $"the process may have only {Limit}: raise its limit (LimitNOFILE=, ulimit -n)", text, StringComparison.Ordinal);
    }
}
