using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests.Spawn;

/// <summary>Children are started with the socket, and their ends are told.</summary>
[Collection(RunsAlone.Name)]
public sealed class SpawnerTests : TestedSpawner
{
    // SIGSTOP and SIGCONT of signal(7).
    private const int Stop = 19, Continue = 18;

    [Theory]
    [InlineData("exit 0", "exited", "with status 0")]
    [InlineData("exit 7", "exited", "with status 7")]
    [InlineData("kill -KILL $$", "killed", "by signal SIGKILL")]
    public async Task Start_AChild_LeavesOneStartAndOneEnd(string command, string end, string detail)
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", command);
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);

        Assert.Empty(await pair.ReceiveToEndAsync());
        var ended = (await Log.WhenAsync(ChildEnded))[0];
        Assert.Equal((end, detail), (ended["End"], ended["Detail"]));
        Assert.Equal(Assert.Single(Log.Of(ChildStarted))["Pid"], ended["Pid"]);
        Assert.Empty(Log.Of(Started));
        Assert.Empty(Tally.Live);
    }

    [Fact]
    public async Task Start_AChild_HasTheConnectionAndEndsItByItself()
    {
        var service = Maps.Child("cat", "/bin/cat");
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);
        await pair.SendAsync("hello"u8.ToArray());
        pair.Client.Shutdown(SocketShutdown.Send);

        Assert.Equal("hello", await pair.ReceiveTextAsync());
        Assert.Equal("with status 0", (await Log.WhenAsync(ChildEnded))[0]["Detail"]);
    }

    [Fact]
    public async Task Start_AChild_GetsABlockingSocketAndNoOtherDescriptor()
    {
        var service = Maps.Child(
            "sh", "/bin/sh", "-c", "ls -x /proc/$$/fd; grep flags /proc/$$/fdinfo/0; readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2");
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);
        var lines = (await pair.ReceiveTextAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        const int O_NONBLOCK = 0x800;
        Assert.Equal(["0", "1", "2"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(0, Convert.ToInt32(lines[1].Split('\t')[1], 8) & O_NONBLOCK);
        Assert.StartsWith("socket:", lines[2], StringComparison.Ordinal);
        Assert.Equal(lines[2], lines[3]);
        Assert.StartsWith("pipe:", lines[4], StringComparison.Ordinal);
        await Log.WhenAsync(ChildEnded);
    }

    [Fact]
    public async Task Start_WhatAChildWritesToStandardError_IsLoggedAndNotSent()
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", "echo oops >&2; echo -n partial >&2");
        var run = new Running(this, service);
        using (var pair = await run.ConnectAsync(service))
        {
            Assert.Empty(await pair.ReceiveToEndAsync());
            await Log.WhenAsync(ChildEnded);
        }

        await run.DisposeAsync();
        Assert.Equal(["oops", "partial"], Log.Of(ChildStderr).Select(logged => logged["Line"]));
    }

    [Theory]
    [InlineData("/nonexistent/program", "/", "exec", "exec ENOENT")]
    [InlineData("/bin/cat", "/nonexistent", "cwd", "cwd ENOENT")]
    [InlineData("/etc/passwd", "/", "exec", "exec EACCES")]
    public async Task Start_AProgramThatVanished_LeavesOneRecordAndClosesTheClient(
        string program, string directory, string step, string word)
    {
        Log.Expects(SpawnFailed);
        var service = Maps.Child("gone", program);
        service = service with { Program = service.Program! with { Cwd = directory } };
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);

        Assert.Empty(await pair.ReceiveToEndAsync());
        var failed = (await Log.WhenAsync(SpawnFailed))[0];
        Assert.Equal("unspawned", (await Log.WhenAsync(ChildEnded))[0]["End"]);
        Assert.Equal((program, step, 1L), ((string)failed["Program"]!, (string)failed["Step"]!, (long)failed["Failures"]!));
        Assert.Equal([SpawnFailed, ChildStarted, ChildEnded], Log.Ids.Order());
        Assert.Equal(1, Tally.Totals["gone"].Reasons[word]);
        Assert.Empty(Tally.Live);
    }

    [Fact]
    public async Task Start_WithoutTheHelper_LeavesOneRecordAndClosesTheClient()
    {
        Log.Expects(SpawnFailed, ForkServerEnded, ForkServerFailed);
        using var folder = new TemporaryFolder();
        var helper = Path.Combine(folder.Path, "netsuperd-exec");
        File.Copy(Helper, helper);
        var service = Maps.Child("cat", "/bin/cat");
        await using var run = new Running(this, helper, service);
        await run.EndForkServerAsync(() => File.Delete(helper));
        using var pair = await run.ConnectAsync(service);

        Assert.Empty(await pair.ReceiveToEndAsync());
        var failed = (await Log.WhenAsync(SpawnFailed))[0];
        Assert.Equal(("spawn", helper), (failed["Step"], failed["Program"]));
        Assert.Equal("spawn: No such file or directory", (await Log.WhenAsync(Ended))[0]["Detail"]);
        Assert.Equal([SpawnFailed, ForkServerEnded, ForkServerFailed, Started, Ended], Log.Ids.Order());
        Assert.Equal(1, Tally.Totals["cat"].Reasons["spawn ENOENT"]);

        // The reason is in the log already.
        using var next = await run.ConnectAsync(service);
        Assert.Empty(await next.ReceiveToEndAsync());
        Assert.Equal("spawn: No such file or directory", (await Log.WhenAsync(Ended, 2))[1]["Detail"]);
        Assert.Single(Log.Of(SpawnFailed));
        Assert.Single(Log.Of(ForkServerFailed));
        Assert.Equal(2, Tally.Totals["cat"].Reasons["spawn ENOENT"]);
    }

    [Fact]
    public void Prepare_WithoutTheHelper_NamesIt()
    {
        using var spawner = new Spawner(Loop, Tally, Log, Time);

        var failure = Assert.Throws<CallException>(
            () => spawner.Prepare(Maps.Child("cat", "/bin/cat"), "/nonexistent/netsuperd-exec", null));

        Assert.Equal("/nonexistent/netsuperd-exec", failure.Argument);
    }

    [Theory]
    [InlineData("exit 203")]
    [InlineData("exit 217")]
    public async Task Start_AChildWithAStatusOfTheHelper_HasEndedByItself(string command)
    {
        var service = Maps.Child("sh", "/bin/sh", "-c", command);
        await using var run = new Running(this, service);
        using var pair = await run.ConnectAsync(service);

        Assert.Equal("exited", (await Log.WhenAsync(ChildEnded))[0]["End"]);
        Assert.Empty(Log.Of(SpawnFailed));
    }

    [Fact]
    public async Task Share_ASocket_CompletesWhenTheChildHasEnded()
    {
        var service = Maps.Child("head", "/usr/bin/head", "-c", "3");
        await using var run = new Running(this, service);
        using var pair = await SocketPair.TcpAsync();
        var ended = run.StartSharedAsync(service, pair);
        await Log.WhenAsync(ChildStarted);
        Assert.False(ended.IsCompleted);

        await pair.SendAsync("abc"u8.ToArray());
        Assert.True(await ended.WaitAsync(Patience, Cancel));

        // The daemon has the socket still: the child only shared it.
        Assert.False(pair.Server.IsClosed);
        Assert.Equal("any", (await Log.WhenAsync(ChildEnded))[0]["Peer"]);
    }

    [Fact]
    public async Task SettleSharing_WaitsForChildrenThatGetSocketsAndForNoOther()
    {
        var service = Maps.Child("cat", "/bin/cat");
        await using var run = new Running(this, service);
        using var server = ProcessHandle.Open(await Running.ForkServerAsync())!;
        server.Signal(Stop);
        using var client = await run.ConnectAsync(service);
        await run.SettleSharingAsync();
        Assert.Empty(run.Watched);

        using var pair = await SocketPair.TcpAsync();
        var ended = run.StartSharedAsync(service, pair);
        var settled = run.SettleSharingAsync();
        Assert.False(settled.IsCompleted);
        server.Signal(Continue);
        await settled;

        Assert.Equal(2, run.Watched.Count);
        client.Client.Dispose();
        pair.Client.Dispose();
        Assert.True(await ended.WaitAsync(Patience, Cancel));
    }

    [Fact]
    public async Task Share_ThatCannotBeAskedFor_FailsAndTheNextChildIsStarted()
    {
        Log.Expects(SpawnFailed);
        var service = Maps.Child("true", "/bin/true");
        await using var run = new Running(this, service);
        using var pair = await SocketPair.TcpAsync();

        Assert.False(await run.ShareNothingAsync(service, pair.Client).WaitAsync(Patience, Cancel));

        Assert.Single(Log.Of(SpawnFailed));
        using var next = await run.ConnectAsync(service);
        Assert.Empty(await next.ReceiveToEndAsync());
        await Log.WhenAsync(ChildEnded);
    }

    [Fact]
    public async Task Start_TwoHundredChildren_LeaveNoDescriptorAndNoZombie()
    {
        const int Children = 200;
        var service = Maps.Child("true", "/bin/true");
        await using var run = new Running(this, service);
        using (var first = await run.ConnectAsync(service))
        {
            Assert.Empty(await first.ReceiveToEndAsync());
            await Log.WhenAsync(ChildEnded);
        }

        // Now and not at the end, where it would close what the daemon has forgotten.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Processes.OpenDescriptors();
        for (var i = 0; i < Children; i++)
        {
            using var pair = await run.ConnectAsync(service);
            Assert.Empty(await pair.ReceiveToEndAsync());
        }

        await Log.WhenAsync(ChildEnded, Children + 1);
        await Log.WhenAsync(ChildStarted, Children + 1);
        Assert.Single(Processes.Children());
        Assert.InRange(Processes.OpenDescriptors(), 0, before);
        Assert.Equal(Children + 1, Log.Of(ChildEnded).Select(ended => ended["ConnectionId"]).Distinct().Count());
    }
}
