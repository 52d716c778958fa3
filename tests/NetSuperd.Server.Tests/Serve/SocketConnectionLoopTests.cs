using System.Net.Sockets;
using System.Text;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Serve;

namespace NetSuperd.Server.Tests.Serve;

/// <summary>How the calls of a connection wait, and where the handler continues.</summary>
public sealed class SocketConnectionLoopTests : TestedConnection
{
    public SocketConnectionLoopTests()
        : base(TimeProvider.System)
    {
    }

    [Theory]
    [InlineData("data", true)]
    [InlineData("data", false)]
    [InlineData("reset", true)]
    [InlineData("reset", false)]
    [InlineData("abort", true)]
    [InlineData("abort", false)]
    [InlineData("stop", true)]
    [InlineData("stop", false)]
    [InlineData("token", true)]
    [InlineData("token", false)]
    public async Task Wait_HoweverItEnds_ABuiltinContinuesOnTheLoopAndAPluginOnAPoolThread(string how, bool isBuiltin)
    {
        using var stopping = new CancellationTokenSource();
        using var own = new CancellationTokenSource();
        var (connection, pair) = await OpenAsync(isBuiltin, stopping);
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var continued = new TaskCompletionSource<(bool IsLoop, bool IsPool)>(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(new Work(() =>
        {
            // It returns when it waits: a handler that did not wait yet would continue where it is.
            _ = HandleAsync();
            waits.SetResult();
        }));
        await waits.Task.WaitAsync(Patience, Cancel);

        switch (how)
        {
            case "data":
                await pair.SendAsync("x"u8.ToArray());
                break;
            case "reset":
                pair.ResetByClient();
                break;
            case "abort":
                connection.Abort();
                break;
            case "stop":
                await stopping.CancelAsync();
                connection.Stop();
                break;
            default:
                await own.CancelAsync();
                break;
        }

        Assert.Equal((isBuiltin, !isBuiltin), await continued.Task.WaitAsync(Patience, Cancel));

        async Task HandleAsync()
        {
            try
            {
                await connection.WaitForDataAsync(how == "token" ? own.Token : connection.Stopping).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is ConnectionClosedException or OperationCanceledException)
            {
                // It is where this runs that counts.
            }

            continued.SetResult((Loop.IsCurrent, Thread.CurrentThread.IsThreadPoolThread));
        }
    }

    [Fact]
    public async Task Send_ThatHadToWait_ABuiltinContinuesOnTheLoop()
    {
        var (connection, pair) = await OpenAsync(isBuiltin: true);
        var continued = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(new Work(() => _ = HandleAsync()));
        var received = pair.ReceiveToEndAsync();

        Assert.True(await continued.Task.WaitAsync(Patience, Cancel));
        await connection.DisposeAsync();
        Assert.Equal(16 << 20, (await received).Length);

        async Task HandleAsync()
        {
            await connection.SendAsync(new byte[16 << 20]).ConfigureAwait(false);
            continued.SetResult(Loop.IsCurrent);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_OfABuiltinThatNeverHasToWait_LeaveTheTurnToOthers(bool receives)
    {
        const int Calls = 1000;
        var (connection, pair) = await OpenAsync(isBuiltin: true);
        await pair.SendAsync(new byte[Calls]);
        var most = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (calls, before) = (0, 0);
        var longest = 0;
        Work? other = null;
        other = new Work(() =>
        {
            (longest, before) = (Math.Max(longest, calls - before), calls);
            if (calls < Calls)
            {
                Loop.Post(other!);
            }
            else
            {
                most.SetResult(longest);
            }
        });
        Loop.Post(other);
        Loop.Post(new Work(() => _ = HandleAsync()));

        Assert.InRange(await most.Task.WaitAsync(Patience, Cancel), 1, 16);

        async Task HandleAsync()
        {
            var one = new byte[1];
            for (; calls < Calls; calls++)
            {
                if (receives)
                {
                    Assert.Equal(1, await connection.ReceiveAsync(one).ConfigureAwait(false));
                }
                else
                {
                    await connection.SendAsync(one).ConfigureAwait(false);
                }
            }
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Receive_BytesWithTheEndBehindThem_GetsBoth(bool isUnix, bool isBuiltin)
    {
        var (connection, pair) = await OpenAsync(isBuiltin, isUnix: isUnix);
        var waiting = connection.WaitForDataAsync(Cancel).AsTask();
        await pair.SendAsync("abc"u8.ToArray());
        pair.Client.Shutdown(SocketShutdown.Send);
        await waiting.WaitAsync(Patience, Cancel);
        var buffer = new byte[100];

        Assert.Equal(3, await Within(connection.ReceiveAsync(buffer, Cancel)));
        await Within(connection.WaitForDataAsync(Cancel));
        Assert.Equal(0, await Within(connection.ReceiveAsync(buffer, Cancel)));
        await Within(connection.WaitForDataAsync(Cancel));
        Assert.Equal(0, await Within(connection.ReceiveAsync(buffer, Cancel)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Receive_UrgentDataInBetween_GetsWhatIsBehindIt(bool isBuiltin)
    {
        // A read stops at the mark of urgent data (tcp(7)), although more is there; and the urgent byte is no byte of the stream.
        var (connection, pair) = await OpenAsync(isBuiltin);
        var waiting = connection.WaitForDataAsync(Cancel).AsTask();
        pair.Client.NoDelay = true;
        pair.Client.Send("ab"u8);
        pair.Client.Send("!"u8, SocketFlags.OutOfBand);
        pair.Client.Send("cd"u8);
        await waiting.WaitAsync(Patience, Cancel);

        Assert.Equal("abcd", await TextAsync(connection, 4));
    }

    [Fact]
    public async Task Receive_APassedDescriptorInBetween_GetsWhatIsBehindIt()
    {
        // A read of a unix socket ends at one (unix(7), SCM_RIGHTS).
        var (connection, pair) = await OpenAsync(isBuiltin: true, isUnix: true);
        var waiting = connection.WaitForDataAsync(Cancel).AsTask();
        using var file = File.OpenHandle("/dev/null");
        await pair.SendAsync("ab"u8.ToArray());
        SocketRights.Send(pair.Client, "cd"u8, file);
        await pair.SendAsync("ef"u8.ToArray());
        await waiting.WaitAsync(Patience, Cancel);

        Assert.Equal("abcdef", await TextAsync(connection, 6));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wait_AfterAReceiveThatFilledItsBuffer_CompletesOnlyForMore(bool isBuiltin)
    {
        var (connection, pair) = await OpenAsync(isBuiltin);
        var first = connection.WaitForDataAsync(Cancel).AsTask();
        await pair.SendAsync("abc"u8.ToArray());
        await first.WaitAsync(Patience, Cancel);
        Assert.Equal(3, await Within(connection.ReceiveAsync(new byte[3], Cancel)));

        var waiting = connection.WaitForDataAsync(Cancel).AsTask();
        Assert.False(waiting.IsCompleted);
        await pair.SendAsync("d"u8.ToArray());
        await waiting.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Receive_WhileAnotherWaits_IsRefusedAndTheOtherContinues()
    {
        var (connection, pair) = await OpenAsync(isBuiltin: false);
        var buffer = new byte[10];
        var receiving = connection.ReceiveAsync(buffer, Cancel).AsTask();

        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.ReceiveAsync(new byte[1], Cancel).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.WaitForDataAsync(Cancel).AsTask());
        await Within(connection.SendAsync("other direction"u8.ToArray(), Cancel));
        await pair.SendAsync("abc"u8.ToArray());
        Assert.Equal(3, await receiving.WaitAsync(Patience, Cancel));
    }

    [Fact]
    public async Task Stop_WhileBytesAreThere_EndsNoWaitForThem()
    {
        using var stopping = new CancellationTokenSource();
        var (connection, pair) = await OpenAsync(isBuiltin: true, stopping);
        var latch = new Latch();
        await latch.HoldAsync(Loop);
        var waiting = connection.WaitForDataAsync(connection.Stopping).AsTask();
        await pair.SendAsync("abc"u8.ToArray());
        await stopping.CancelAsync();

        connection.Stop();
        latch.Release();

        await waiting.WaitAsync(Patience, Cancel);
        Assert.Equal(3, await Within(connection.ReceiveAsync(new byte[10], Cancel)));
    }

    [Fact]
    public async Task Wait_OnAPlainToken_IsNotEndedByTheStop()
    {
        using var stopping = new CancellationTokenSource();
        var (connection, pair) = await OpenAsync(isBuiltin: true, stopping);
        var waiting = connection.WaitForDataAsync(Cancel).AsTask();

        await stopping.CancelAsync();
        connection.Stop();

        await pair.SendAsync("abc"u8.ToArray());
        await waiting.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task Messages_OfABuiltin_AllocateNothing()
    {
        const int Warm = 200, Measured = 1000;
        var (connection, pair) = await OpenAsync(isBuiltin: true);
        var allocated = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Post(new Work(() => _ = HandleAsync()));
        var buffer = new byte[10];
        for (var i = 0; i < Warm + Measured + 1; i++)
        {
            await pair.SendAsync(buffer);
            for (var received = 0; received < buffer.Length;)
            {
                received += await pair.Client.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel);
            }
        }

        Allocated.NothingForEach(await allocated.Task.WaitAsync(Patience, Cancel), Measured);

        async Task HandleAsync()
        {
            var own = new byte[100];
            var before = 0L;
            for (var i = 0; i <= Warm + Measured; i++)
            {
                before = i == Warm ? GC.GetAllocatedBytesForCurrentThread() : before;
                await connection.WaitForDataAsync(connection.Stopping).ConfigureAwait(false);
                var count = await connection.ReceiveAsync(own).ConfigureAwait(false);
                await connection.SendAsync(own.AsMemory(0, count)).ConfigureAwait(false);
            }

            allocated.SetResult(GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static async Task<string> TextAsync(SocketConnection connection, int length)
    {
        var text = new StringBuilder();
        var buffer = new byte[100];
        while (text.Length < length)
        {
            await Within(connection.WaitForDataAsync(Cancel));
            text.Append(Encoding.ASCII.GetString(buffer, 0, await Within(connection.ReceiveAsync(buffer, Cancel))));
        }

        return text.ToString();
    }

    private sealed class Work(Action run) : ILoopWork
    {
        public void Run() => run();
    }
}
