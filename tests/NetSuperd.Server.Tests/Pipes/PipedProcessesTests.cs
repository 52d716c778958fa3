using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Server.Tests.Pipes;

/// <summary>The ends of children with pipes, which do not come from the bytes.</summary>
public sealed class PipedProcessesTests : TestedPipes
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Abort_ByAnOperator_KillsTheChild()
    {
        var (client, child) = await ServeAsync();
        var record = Tally.Live.Single();

        Runner.Find(record.Id)!.Abort();
        Processes.Abort(record);

        await EndedAsync("killed", "by signal SIGKILL");
        Assert.True(child.IsKilled);
        await Assert.ThrowsAsync<SocketException>(client.ReceiveToEndAsync);
    }

    [Fact]
    public async Task Abort_OfAChildThatIsBeingStarted_KillsItWhenItIs()
    {
        Programs.Latch = NewLatch();
        var pair = await PairAsync();
        var record = Tally.Open("cat", pair.Server);
        Processes.Start(Service, Service.Program, pair.Server, record, Runner);
        await Programs.Latch.ReachedAsync();

        pair.Client.Shutdown(SocketShutdown.Send);
        Processes.Abort(record);
        ReleaseLatches();

        await EndedAsync("killed", "by signal SIGKILL");
    }

    [Fact]
    public async Task TimeOut_OfAConnection_EndsItsChildAfterAGraceTime()
    {
        var (client, child) = await ServeAsync();

        Time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
        LookAtTimes();
        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal(-1, child.Reads.ReadByte());
        Assert.False(child.IsKilled);
        Time.Advance(TimeSpan.FromSeconds(6));
        LookAtTimes();

        await EndedAsync("timeout", "of max_duration, by signal SIGKILL");
        Assert.Equal("max_duration", Assert.Single(Log.Of(ChildOverstays))["Reason"]);
    }

    [Fact]
    public async Task TimeOut_OfAChildWhoseClientIsLost_CountsFromThen()
    {
        var (client, child) = await ServeAsync();
        client.ResetByClient();
        Assert.Equal(-1, child.Reads.ReadByte());
        LookAtTimes();

        Time.Advance(TimeSpan.FromSeconds(59));
        LookAtTimes();
        Assert.Null(Tally.Live.Single().TimedOutBy);
        Time.Advance(TimeSpan.FromSeconds(2));
        LookAtTimes();
        Assert.Equal("idle_timeout", Tally.Live.Single().TimedOutBy);
        child.Exit(0);

        await EndedAsync("timeout", "of idle_timeout, with status 0");
    }

    [Fact]
    public async Task Stop_OfTheDaemon_EndsTheInputAndKillsAfterTheDrainTime()
    {
        var (client, obedient) = await ServeAsync();
        var (_, stubborn) = await ServeAsync();
        Time.Advance(TimeSpan.FromSeconds(2));
        Time.ForgetTimers();

        var stopping = Task.WhenAll(
            Runner.StopAsync(Drain, Cancel), Processes.StopAsync(Maps.Of().Daemon with { Drain = Drain }, CancellationToken.None));
        Assert.Equal(-1, obedient.Reads.ReadByte());
        Assert.Equal(-1, stubborn.Reads.ReadByte());
        client.Client.Shutdown(SocketShutdown.Send);
        obedient.Exit(0);
        await EndedAsync("exited", "with status 0");
        await Time.TimerAsync();
        await Time.TimerAsync();
        Time.Advance(Drain);

        await stopping.WaitAsync(Patience, Cancel);
        Assert.True(stubborn.IsKilled);
        Assert.Single(Log.Of(ChildKilled));
        Assert.Equal("by signal SIGKILL", Log.Of(ChildEnded)[1]["Detail"]);
        Assert.Empty(Tally.Live);
    }

    [Fact]
    public async Task EndConnections_OfAService_KillsItsChildrenAlone()
    {
        var (_, other) = await ServeAsync();
        await Processes.EndConnectionsAsync("another", TimeSpan.Zero);
        Assert.False(other.IsKilled);

        await Processes.EndConnectionsAsync("cat", TimeSpan.Zero);

        Assert.True(other.IsKilled);
        await EndedAsync("killed", "by signal SIGKILL");
    }

    [Fact]
    public async Task Start_AProgramThatCannotBeStarted_ClosesTheConnection()
    {
        Log.Expects(SpawnFailed);
        Programs.Failure = Errno.ENOENT;
        var pair = await PairAsync();

        Processes.Start(Service, Service.Program, pair.Server, Tally.Open("cat", pair.Server), Runner);

        Assert.Empty(await pair.ReceiveToEndAsync());
        await Processes.SettleAsync();
        Assert.Equal("unspawned", Log.Of(Ended)[0]["End"]);
        Assert.Equal(("exec", Errno.ENOENT), (Log.Of(SpawnFailed)[0]["Step"], Log.Of(SpawnFailed)[0]["Errno"]));
        Assert.Equal(0, Processes.Children);
    }

    private void LookAtTimes()
    {
        Runner.TimeOut();
        Processes.TimeOut();
    }
}
