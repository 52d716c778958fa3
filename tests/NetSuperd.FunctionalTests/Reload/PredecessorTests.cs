using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Reload;

/// <summary>Several processes that were the daemon before, each with a connection of its own.</summary>
public sealed class PredecessorTests
{
    private const string Map = """
        [ports]
        "127.0.0.1:%echo%" = "echo"

        [daemon]
        drain = "500ms"
        """;

    [Theory]
    [InlineData("")]
    [InlineData("--now")]
    public async Task Stop_OfSeveral_ReturnsWhenAllAreGone(string option)
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var (clients, pids) = await ChainAsync(daemon, 3);

        await daemon.StopAllAsync(option.Length == 0 ? [] : [option]);

        Assert.All(pids, pid => Assert.False(ProcFiles.Lives(pid)));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Restart_OfAProcessThatServesNothing_LeavesOnlyTheServingOnes()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var (clients, pids) = await ChainAsync(daemon, 2);
        clients[1].Dispose();
        pids.Add(await daemon.RestartAsync());

        await Deadline.UntilAsync(() => !ProcFiles.Lives(pids[1]), "the end of the one in the middle");
        await OnlyLingersAsync(daemon, pids[0]);
        Assert.Equal("x", await clients[0].TalkAsync("x"));
        clients[0].Dispose();
    }

    [Fact]
    public async Task Kill_OfTheOneInTheMiddle_LeavesTheOthersToBeListedAbortedAndStopped()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var (clients, pids) = await ChainAsync(daemon, 3);
        await Command.RunAsync("/bin/kill", "-KILL", $"{pids[1]}");
        await Deadline.UntilAsync(() => !ProcFiles.Lives(pids[1]), "the end of the one in the middle");

        await OnlyLingersAsync(daemon, pids[0]);
        var oldest = (await daemon.ConnectionsAsync()).First(connection => connection.Process == pids[0]);
        await daemon.DoAsync("abort", id: oldest.Id);
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => clients[0].ReceiveAsync(1));
        await daemon.StopAllAsync();

        Assert.All(pids, pid => Assert.False(ProcFiles.Lives(pid)));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Stop_OfOneThatDoesNotRun_KillsItAfterTheDrain()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var (clients, pids) = await ChainAsync(daemon, 2);
        daemon.Signal(RunningProcess.SIGSTOP);
        await Deadline.UntilAsync(() => ProcFiles.IsStopped(daemon.Pid), "the stop");

        Assert.Null((await daemon.StatusAsync()).Lingering[0].Connections);
        await daemon.StopAllAsync();

        Assert.Equal(daemon.Pid, (await daemon.WaitForEventAsync("PredecessorKilled")).Number("OldPid"));
        Assert.All(pids, pid => Assert.False(ProcFiles.Lives(pid)));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Term_ToOneThatWasReplaced_EndsItAndNoOther()
    {
        await using var daemon = await Daemon.StartAsync(Map);
        var (clients, pids) = await ChainAsync(daemon, 3);
        await Command.RunAsync("/bin/kill", "-TERM", $"{pids[1]}");

        Assert.Equal("", await clients[1].ReadToEndAsync());
        clients[1].Dispose();
        await Deadline.UntilAsync(() => !ProcFiles.Lives(pids[1]), "the end of the one in the middle");
        Assert.Equal("x", await clients[0].TalkAsync("x"));
        Assert.Equal("x", await clients[2].TalkAsync("x"));
        clients.ForEach(client => client.Dispose());
    }

    /// <summary>A client of each process, and the processes, the oldest first.</summary>
    private static async Task<(List<TcpPeer> Clients, List<int> Pids)> ChainAsync(Daemon daemon, int count)
    {
        var (clients, pids) = (new List<TcpPeer>(), new List<int> { daemon.Pid });
        while (true)
        {
            clients.Add(await daemon.ConnectAsync("echo"));
            Assert.Equal("x", await clients[^1].TalkAsync("x"));
            if (clients.Count == count)
            {
                return (clients, pids);
            }

            pids.Add(await daemon.RestartAsync());
        }
    }

    /// <summary>The daemon learns of an end a moment after it.</summary>
    private static async Task OnlyLingersAsync(Daemon daemon, int pid) =>
        await Deadline.UntilAsync(() => LingeringAsync(daemon), pids => pids.SequenceEqual([pid]), $"only {pid} lingers");

    private static async Task<IEnumerable<int>> LingeringAsync(Daemon daemon) =>
        (await daemon.StatusAsync()).Lingering.Select(process => process.Pid);
}
