using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;
using NetSuperd.Linux.Workers;

namespace NetSuperd.Server.Tests.Workers;

/// <summary>What the daemon does about a worker, which may be in the hands of a stranger.</summary>
public sealed class WorkerRunTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly EventLoop _loop;
    private readonly ConnectionTally _tally;

    public WorkerRunTests()
    {
        _loop = new EventLoop("test", new Epoll(), _log.LoopFailed, TimeProvider.System);
        _tally = new ConnectionTally(_log, TimeProvider.System);
    }

    public void Dispose()
    {
        _loop.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Session_ThatAWorkerReportsAsEndedAndKeeps_IsCutOff()
    {
        var (own, other) = MessageSocket.CreatePair();
        using var worker = MessageSocket.Of(other);
        var use = _tally.Use("app");
        var job = new NetSuperd.Linux.Spawn.ChildJob { Service = null!, Record = _tally.OpenServer(use, NoLease.Instance), Sockets = [] };
        var run = new WorkerRun("worker:app", own, _loop, new LiveConnections(_tally), null!, null!, job, TimeProvider.System);
        run.Watch();
        var (session, end) = MessageSocket.CreatePair();
        using var channel = session;
        var record = _tally.Open(use, "UDP", new IPEndPoint(IPAddress.Loopback, 1), null, NoLease.Instance);
        var order = new HandlerOrder(1, "app", "forward", null, SettingForm.Of(Settings.Empty));
        var service = new WorkerService(use, null!, order, plugin: null, definition: "", tls: null);
        run.ServeSession(service, LinuxStreamSocket.Of(end, AddressFamily.Unix), record, Admission.Unlimited, () => TimeSpan.Zero);
        var (buffer, arrived) = (new byte[MessageSocket.MostBytes], new Queue<Descriptor>());
        await UntilAsync(() => worker.Receive(buffer, arrived).Count > 0);
        using var kept = Assert.Single(arrived);

        var report = new ConnectionMessage { Kind = MessageKind.Ended, Id = record.Id, End = (byte)ConnectionEnd.Closed };
        Assert.Null(worker.TrySend(report.Bytes));

        await UntilAsync(() => _tally.Find(record.Id) is null);
        Assert.Equal(0, channel.Receive(buffer).Count);
        worker.Dispose();
        await run.Lost.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Files_ThatWaitForAWorkerThatHasEnded_AreClosed()
    {
        var (own, other) = MessageSocket.CreatePair();
        using var _ = own;
        using var file = other;
        var (another, end) = MessageSocket.CreatePair();
        using var __ = another;
        var outbox = new WorkerOutbox(own);
        while (own.TrySend(new byte[1000]) is null)
        {
            continue;
        }

        outbox.Send([1], end);
        Assert.False(end.IsClosed);
        outbox.Close();

        Assert.True(end.IsClosed);
    }

    private static async Task UntilAsync(Func<bool> condition) => Assert.True(
        await Task.Run(() => SpinWait.SpinUntil(condition, Patience), TestContext.Current.CancellationToken));
}
