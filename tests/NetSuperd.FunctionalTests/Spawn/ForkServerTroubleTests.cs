using System.Diagnostics;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>
/// A fork server that cannot live is told once, until one serves again. Every connection that it costs has its record, and nothing else is
/// held up.
/// </summary>
public sealed class ForkServerTroubleTests : IDisposable
{
    private const int Clients = 40;

    // A tree of its own, of which the test damages the program of the fork server.
    private readonly Scratch _tree = new();

    public ForkServerTroubleTests()
    {
        _tree.Copy(BuiltTree.Folder, "out");
    }

    private string Helper => _tree["out/netsuperd-exec"];

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData(null, "No such file or directory")]
    [InlineData("no program", "Exec format error")]
    [InlineData("#!/bin/true\n", "it ends before it has started a child")]
    public async Task ForkServer_ThatCannotStart_IsReportedOnceAndEveryConnectionIsRecorded(string? program, string reason)
    {
        await using var daemon = await StartAsync("ForkServerFailed", "SpawnFailed");
        var server = await ProcFiles.ForkServerAsync(daemon.Pid);
        Replace(program);
        Kill(server);
        await daemon.WaitForEventAsync("ForkServerEnded");

        var answers = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => AskAsync(daemon, "cat")));
        Assert.Equal("TEST", await AskAsync(daemon, "echo"));
        Assert.All(await answers, answer => Assert.Equal("", answer));
        Assert.Equal("", await AskAsync(daemon, "cat"));

        Assert.Contains(reason, (await daemon.WaitForEventAsync("ForkServerFailed"))["Reason"], StringComparison.Ordinal);
        await Deadline.UntilAsync(() => Count(daemon, "ConnectionEnded", "unspawned") == Clients + 1, "a record of each connection");
        Restore();
        await ServedAsync(daemon);
        await daemon.WaitForEventAsync("ForkServerRecovered");
        Assert.Equal((1, 1), (Count(daemon, "ForkServerEnded"), Count(daemon, "ForkServerFailed")));

        // How many connections each damaged process costs depends on how fast the machine starts one; no connection is told twice.
        Assert.InRange(Count(daemon, "SpawnFailed"), 1, Count(daemon, "ConnectionEnded", "unspawned"));

        // What comes after that is told again.
        Kill(await ProcFiles.ForkServerAsync(daemon.Pid));
        await Deadline.UntilAsync(() => Count(daemon, "ForkServerEnded") == 2, "the next end");
        Assert.Equal("TEST", await AskAsync(daemon, "cat"));
    }

    [Fact]
    public async Task ForkServer_KilledWithoutAClient_IsReplacedBeforeAClientComes()
    {
        await using var daemon = await StartAsync("ForkServerFailed");
        var server = await ProcFiles.ForkServerAsync(daemon.Pid);
        Kill(server);
        await Deadline.UntilAsync(() => ProcFiles.ForkServer(daemon.Pid) is { } next && next != server, "another fork server");
        await daemon.WaitForEventAsync("ForkServerRecovered");

        Replace(null);
        Kill(await ProcFiles.ForkServerAsync(daemon.Pid));

        await daemon.WaitForEventAsync("ForkServerFailed");
        Assert.Contains("no child can be started", await daemon.AskedAsync("status"), StringComparison.Ordinal);
        Restore();
        await ProcFiles.ForkServerAsync(daemon.Pid);
        Assert.Equal("TEST", await AskAsync(daemon, "cat"));
        Assert.DoesNotContain("no child can be started", await daemon.AskedAsync("status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForkServer_ThatEndsImmediately_IsStartedLessOftenThanClientsCome()
    {
        await using var daemon = await StartAsync("ForkServerFailed", "SpawnFailed");
        var server = await ProcFiles.ForkServerAsync(daemon.Pid);
        Replace($"#!/bin/sh\necho start >> {_tree["starts"]}\n");
        Kill(server);
        await daemon.WaitForEventAsync("ForkServerEnded");

        Assert.All(await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => AskAsync(daemon, "cat"))), answer =>
            Assert.Equal("", answer));

        Assert.InRange(File.ReadAllLines(_tree["starts"]).Length, 1, Clients / 2);
        Restore();
        await ServedAsync(daemon);
    }

    [Fact]
    public async Task ForkServer_KilledRepeatedly_IsReportedOnceUntilItServesForAWhile()
    {
        const int Kills = 10;
        await using var daemon = await StartAsync("SpawnFailed");
        for (var killed = 0; killed < Kills; killed++)
        {
            Assert.Equal("TEST", await AskAsync(daemon, "cat"));
            var server = await ProcFiles.ForkServerAsync(daemon.Pid);
            Kill(server);
            await Deadline.UntilAsync(() => !Directory.Exists($"/proc/{server}"), "the end of the fork server");
        }

        Assert.Equal("TEST", await AskAsync(daemon, "cat"));
        Assert.Equal($"{Kills}", (await daemon.WaitForEventAsync("ForkServerRecovered"))["Ends"]);
        Assert.Equal(1, Count(daemon, "ForkServerEnded"));
        Assert.Equal(Kills + 1, Count(daemon, "ChildEnded", "exited"));
    }

    [Fact]
    public async Task Stop_WhileNoForkServerLives_EndsInOrder()
    {
        await using var daemon = await StartAsync("ForkServerFailed", "SpawnFailed");
        var server = await ProcFiles.ForkServerAsync(daemon.Pid);
        Replace(null);
        Kill(server);
        await daemon.WaitForEventAsync("ForkServerEnded");
        Assert.Equal("", await AskAsync(daemon, "cat"));
        using var client = await daemon.ConnectAsync("cat");

        Assert.Equal(0, await daemon.StopAsync());

        Assert.Equal(Count(daemon, "ConnectionStarted"), Count(daemon, "ConnectionEnded"));
    }

    private Task<Daemon> StartAsync(params string[] expected) => Daemon.StartAsync("""
        [ports]
        "127.0.0.1:%echo%" = "echo"
        "127.0.0.1:%cat%" = "cat"
        [services.cat]
        exec = ["/bin/cat"]
        """, new DaemonSetup { Program = _tree["out/netsuperd"], Expected = expected });

    /// <summary>Puts another file in the place of the program, or none.</summary>
    private void Replace(string? program)
    {
        File.Delete(Helper);
        if (program is not null)
        {
            File.WriteAllText(Helper, program);
            File.SetUnixFileMode(Helper, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    private void Restore()
    {
        File.Copy(Path.Combine(BuiltTree.Folder, "netsuperd-exec"), _tree["new"]);
        File.Move(_tree["new"], Helper, overwrite: true);
    }

    private static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
    }

    /// <returns>What comes back; nothing where the connection is closed, or reset because the word was not read.</returns>
    private static async Task<string> AskAsync(Daemon daemon, string port)
    {
        using var client = await daemon.ConnectAsync(port);
        try
        {
            return await client.ExchangeAsync("TEST");
        }
        catch (IOException)
        {
            return "";
        }
        catch (System.Net.Sockets.SocketException)
        {
            return "";
        }
    }

    /// <summary>Waits for a child. The last process of the damaged program may still cost a client.</summary>
    private static async Task ServedAsync(Daemon daemon) =>
        await Deadline.UntilAsync(() => AskAsync(daemon, "cat"), answer => answer == "TEST", "a child");

    private static int Count(Daemon daemon, string name, string? end = null) =>
        daemon.Events.Count(found => found.Name == name && (end is null || found["End"] == end));
}
