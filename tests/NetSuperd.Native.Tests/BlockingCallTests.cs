using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;

namespace NetSuperd.Native.Tests;

public sealed class BlockingCallTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Long = TimeSpan.FromHours(1);
    private static readonly Lock Held = new();
    private static readonly TaskCompletionSource Never = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private Thread _thread = Thread.CurrentThread;

    [Fact]
    public void Of_AWaitWithoutALimit_NamesResult() => AssertWaitsIn(".Result", () => Never.Task.GetAwaiter().GetResult());

    [Fact]
    public void Of_ALockOfAnotherThread_NamesALock()
    {
        lock (Held)
        {
            AssertWaitsIn("a lock", () => Held.Enter());
            EndTheWait();
        }
    }

    [Fact]
    public void Of_AWaitWithALimit_NamesSleep() =>
        AssertWaitsIn("Thread.Sleep or ", () => ((IAsyncResult)Never.Task).AsyncWaitHandle.WaitOne(Long));

    [Fact]
    public void Of_ASystemCall_HasItsName()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        AssertWaitsIn("the system call recv", () => _socket.Receive(new byte[1]));
    }

    [Fact]
    public void Of_AThreadThatComputes_SaysSo()
    {
        var isOver = false;
        AssertWaitsIn("computes", () => SpinWait.SpinUntil(() => Volatile.Read(ref isOver)));
        Volatile.Write(ref isOver, true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        EndTheWait();
    }

    private void EndTheWait()
    {
        if (_thread != Thread.CurrentThread)
        {
            _thread.Interrupt();
            Assert.True(_thread.Join(Patience), "the thread does not end");
        }
    }

    private void AssertWaitsIn(string name, Action wait)
    {
        var number = 0;
        var call = default(BlockingCall);
        _thread = new Thread(() =>
        {
            Volatile.Write(ref number, ThreadUse.CurrentThread);
            try
            {
                wait();
            }
            catch (Exception end) when (end is ThreadInterruptedException or SocketException)
            {
                // The test has ended.
            }
        })
        { IsBackground = true };
        _thread.Start();
        Assert.True(SpinWait.SpinUntil(IsNamed, Patience), call.Name);

        bool IsNamed()
        {
            call = Volatile.Read(ref number) == 0 ? default : BlockingCall.Of(_thread, number);
            return call.Name?.Contains(name, StringComparison.Ordinal) is true;
        }
    }
}
