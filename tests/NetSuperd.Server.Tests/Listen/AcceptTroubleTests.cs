using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>What an accept loop does where accept(2) fails.</summary>
public sealed class AcceptTroubleTests : TestedAcceptLoop
{
    [Fact]
    public async Task Run_Exhaustion_BacksOffFrom10MillisecondsDoublingToASecond()
    {
        Log.Expects(AcceptExhausted);
        Script.FailsAlways(EMFILE);
        var running = RunAsync();

        var calls = 1;
        foreach (var pause in (int[])[10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000])
        {
            await Time.TimerAsync();
            Time.Advance(TimeSpan.FromMilliseconds(pause - 1));
            Assert.Equal(calls, Script.Calls);
            Time.Advance(TimeSpan.FromMilliseconds(1));
            await Script.CallsAsync(++calls);
        }

        Assert.Equal([AcceptExhausted], Log.Ids);
        Assert.NotNull(Tested.Trouble);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_ExhaustionThatEnds_IsLoggedOnceAndThePauseBeginsAgain()
    {
        Log.Expects(AcceptExhausted);
        Script.Then(EMFILE, EMFILE, 0, EMFILE);
        var accepted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = RunAsync(Receivers.Of((_, _) => accepted.TrySetResult()));
        await Time.TimerAsync();
        Time.Advance(TimeSpan.FromMilliseconds(10));
        await Time.TimerAsync();
        Time.Advance(TimeSpan.FromMilliseconds(20));
        await accepted.Task.WaitAsync(Patience, Cancel);
        await Time.TimerAsync();

        Assert.Equal([AcceptExhausted, AcceptRecovered, AcceptExhausted], Log.Ids);
        Time.Advance(TimeSpan.FromMilliseconds(10));
        await Script.CallsAsync(5);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_ExhaustionWithNoClientThere_EndsWithThePause()
    {
        Log.Expects(AcceptExhausted);
        Script.Then(EMFILE);
        var running = RunAsync();
        await Log.WhenAsync(AcceptExhausted);
        await Time.TimerAsync();
        Script.Leave();
        Time.Advance(TimeSpan.FromMilliseconds(10));

        await Log.WhenAsync(AcceptRecovered);
        Assert.Null(Tested.Trouble);
        await StopAsync(running);
    }

    [Fact]
    public async Task Run_ErrorsOfClients_AreDebugLinesWithoutAPause()
    {
        Script.Then([.. Enumerable.Repeat(ECONNABORTED, 50)]);
        var running = RunAsync();
        await Script.CallsAsync(51);

        Assert.Equal(50, Log.Of(AcceptAborted).Count);
        Assert.All(Log.Events, logged => Assert.Equal((AcceptAborted, LogLevel.Debug), (logged.Id, logged.Level)));
        Assert.Null(Tested.Trouble);
        await StopAsync(running);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_AnyOtherFailure_MarksTheListenerFailedAndIsRetried(bool isErrno)
    {
        Log.Expects(ListenerFailed);
        Script.Then(isErrno ? EBADF : AcceptScript.Bug);
        var accepted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = RunAsync(Receivers.Of((_, _) => accepted.TrySetResult()));
        var failed = await Log.WhenAsync(ListenerFailed);

        Assert.NotNull(Tested.Trouble);
        Assert.Equal(("0.0.0.0:7", "echo"), (failed[0]["Local"], failed[0]["Service"]));
        await Time.TimerAsync();
        Script.Then(0);
        Time.Advance(TimeSpan.FromMilliseconds(10));
        await accepted.Task.WaitAsync(Patience, Cancel);
        await Log.WhenAsync(AcceptRecovered);
        Assert.Null(Tested.Trouble);
        Assert.Equal([ListenerFailed, AcceptRecovered], Log.Ids);
        await StopAsync(running);
    }
}
