using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests.Listen;

public sealed class WaitLoopTests : IAsyncLifetime
{
    private const int ListenerFailed = 2006, WaitBackoff = 2008, DatagramDropped = 2009, WakesItself = 2019, WaitNotStarted = 2021;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly WatchedTime _time = new();
    private readonly EventLoop _loop = new("test", failure => throw failure);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<(EndPoint? Sender, TaskCompletionSource<ShareOutcome> End)> _starts =
        Channel.CreateUnbounded<(EndPoint?, TaskCompletionSource<ShareOutcome>)>();
    private readonly List<BoundSocket> _sockets = [];
    private readonly string _path = $"@netsuperd-{Guid.NewGuid():N}";
    private Admission _admission = Maps.Admission;
    private WaitLoop? _tested;
    private Task _running = Task.CompletedTask;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(Patience, Cancel);
        _loop.Dispose();
        _sockets.ForEach(socket => socket.Dispose());
        _stopping.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Run_ADatagram_StartsAChildForItsSender()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("x"u8);
        var (sender, end) = await StartAsync();

        Assert.Equal(client.LocalEndPoint, sender);

        // It rests: a second datagram is the child's business.
        client.Send("y"u8);
        Read(2);
        Assert.False(_starts.Reader.TryRead(out _));
        end.SetResult(ShareOutcome.Ran);
        client.Send("z"u8);
        await StartAsync();
    }

    [Fact]
    public async Task Run_ASenderWhoMayNotComeIn_LosesItsDatagramAndCostsTheNextNoTime()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("no"u8);
        client.Send("yes"u8);
        (await StartAsync()).End.SetResult(ShareOutcome.Refused);

        var (_, end) = await StartAsync();
        Assert.Equal("yes"u8.ToArray(), Read(1));
        end.SetResult(ShareOutcome.Ran);
        Assert.Empty(_log.Events);
    }

    [Fact]
    public async Task Run_WhatGoesWrongBeforeTheChild_GivesTheLeaseBack()
    {
        _log.Expects(ListenerFailed);
        var receiver = Receivers.Of((_, _) => throw new InvalidOperationException("no record"));
        Run(receiver, Transport.Udp);
        using var client = Client();
        client.Send("x"u8);

        await _log.WhenAsync(ListenerFailed);

        Assert.Equal(1, receiver.GivenBack);
    }

    [Fact]
    public async Task Run_AChildThatReadItsDatagram_IsFollowedAtOnceByTheNext()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("one"u8);
        client.Send("two"u8);
        for (var i = 0; i < 2; i++)
        {
            var (_, end) = await StartAsync();
            Read(1);
            end.SetResult(ShareOutcome.Ran);
        }

        client.Send("three"u8);
        var last = await StartAsync();
        Assert.Empty(_log.Events);
        Read(1);
        last.End.SetResult(ShareOutcome.Ran);
    }

    [Fact]
    public async Task Run_AChildThatLeftItsDatagram_DropsThatAndBacksOffDoublingTo10Seconds()
    {
        Run(Transport.Udp);
        using var client = Client();
        double[] pauses = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10];
        foreach (var pause in pauses)
        {
            client.Send("left"u8);
            (await StartAsync()).End.SetResult(ShareOutcome.Ran);
            await _time.TimerAsync();
            Assert.Equal(0, _sockets[0].Socket.Available);
            _time.Advance(TimeSpan.FromSeconds(pause));
        }

        Assert.Equal(pauses, _log.Of(WaitBackoff).Select(logged => (double)logged["Pause"]!));
        Assert.Equal(Enumerable.Range(1, pauses.Length), _log.Of(DatagramDropped).Select(logged => (int)(long)logged["Dropped"]!));
        Assert.All(_log.Of(DatagramDropped), logged => Assert.Equal((4L, client.LocalEndPoint), (logged["Length"], logged["Peer"])));

        // One that reads is trusted again.
        client.Send("read"u8);
        var good = await StartAsync();
        Read(1);
        good.End.SetResult(ShareOutcome.Ran);
        client.Send("left"u8);
        (await StartAsync()).End.SetResult(ShareOutcome.Ran);
        await _time.TimerAsync();
        Assert.Equal(0.1, _log.Of(WaitBackoff)[^1]["Pause"]);
    }

    [Fact]
    public async Task Run_AChildThatLeftItsDatagramAndHidIt_BacksOffAllTheSame()
    {
        // socket(7): a look begins behind the datagram from now on.
        const int SOL_SOCKET = 1, SO_PEEK_OFF = 42;
        Run(Transport.Udp);
        using var client = Client();
        client.Send("left"u8);
        var (_, end) = await StartAsync();
        _sockets[0].Socket.SetRawSocketOption(SOL_SOCKET, SO_PEEK_OFF, BitConverter.GetBytes(1000));
        end.SetResult(ShareOutcome.Ran);
        await _time.TimerAsync();

        Assert.Single(_log.Of(WaitBackoff));
        Assert.Single(_log.Of(DatagramDropped));
    }

    [Fact]
    public async Task Run_AChildThatIsEnding_LeavesItsDatagramToTheNext()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("left"u8);
        var (_, end) = await StartAsync();
        Assert.True(_sockets[0].EndHolder(definition: null, TimeSpan.FromSeconds(1)));
        end.SetResult(ShareOutcome.Ran);

        var (sender, next) = await StartAsync();
        Assert.Equal(client.LocalEndPoint, sender);
        Assert.Equal("left"u8.ToArray(), Read(1));
        next.SetResult(ShareOutcome.Ran);
        Assert.DoesNotContain(_log.Events, logged => logged.Id is WaitBackoff or DatagramDropped);
    }

    [Fact]
    public async Task Run_AChildThatReadAndLeftTheNext_DropsNothing()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("mine"u8);
        var (_, end) = await StartAsync();
        client.Send("came meanwhile"u8);
        Read(1);
        end.SetResult(ShareOutcome.Ran);

        await StartAsync();
        Assert.Empty(_log.Events);
        Assert.Equal("came meanwhile"u8, Read(1));
    }

    [Fact]
    public async Task Run_NoProcessForTheChild_KeepsTheDatagramAndBacksOff()
    {
        Run(Transport.Udp);
        using var client = Client();
        client.Send("kept"u8);
        (await StartAsync()).End.SetResult(ShareOutcome.NotRan);
        await _time.TimerAsync();

        Assert.Equal(4, _sockets[0].Socket.Available);
        Assert.Equal(0.1, Assert.Single(_log.Of(WaitNotStarted))["Pause"]);
        Assert.Empty(_log.Of(WaitBackoff));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await StartAsync();
        Assert.Equal("kept"u8, Read(1));
    }

    [Fact]
    public async Task Run_AConnectionThatWaits_StartsAChildWithABlockingListener()
    {
        Run(Transport.Tcp);
        using var client = Client();
        var (sender, end) = await StartAsync();

        Assert.Null(sender);
        using var accepted = _sockets[0].Socket.Accept();
        end.SetResult(ShareOutcome.Ran);
        using var other = Client();
        using var next = await AcceptAsync();
        Assert.Empty(_log.Events);
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixStream)]
    [InlineData(Transport.UnixSeqpacket)]
    public async Task Run_AChildThatLeavesTheConnection_BacksOff(Transport transport)
    {
        Run(transport);
        using var client = Client();
        (await StartAsync()).End.SetResult(ShareOutcome.Ran);
        await _time.TimerAsync();

        Assert.Equal(0.1, Assert.Single(_log.Of(WaitBackoff))["Pause"]);

        // The connection is not lost.
        _time.Advance(TimeSpan.FromMilliseconds(100));
        using var accepted = await AcceptAsync();
    }

    [Theory]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixStream)]
    public async Task Run_AChildThatAcceptsOneOfMany_IsFollowedAtOnce(Transport transport)
    {
        Run(transport);
        var clients = Enumerable.Range(0, 5).Select(_ => Client()).ToList();
        foreach (var client in clients)
        {
            using var accepted = await AcceptAsync();
            client.Dispose();
        }

        Assert.Empty(_log.Events);
    }

    [Theory]
    [InlineData(Transport.Udp)]
    [InlineData(Transport.UnixDatagram)]
    [InlineData(Transport.Tcp)]
    public async Task Run_AServiceThatWakesItself_GetsSoManyChildrenAMinute(Transport transport)
    {
        Run(transport);
        await WakeItselfAsync();
        await _time.TimerAsync();
        Assert.False(_starts.Reader.TryRead(out _));
        Assert.Empty(_log.Events);

        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1) / WaitPace.MostInMinute);
            var (_, end) = await StartAsync();
            Take();
            Wake();
            end.SetResult(ShareOutcome.Ran);
            await _time.TimerAsync();
        }

        Assert.Equal(WaitPace.MostInMinute, Assert.Single(_log.Of(WakesItself))["Rate"]);
        Assert.Contains("limited to 256 children a minute", _tested!.Trouble, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(_tested.Trouble);
    }

    [Theory]
    [InlineData(Transport.Udp)]
    [InlineData(Transport.UnixDatagram)]
    [InlineData(Transport.Tcp)]
    public async Task Run_AServiceThatIsHeldBack_ServesAClientAtOnce(Transport transport)
    {
        Run(transport);
        await WakeItselfAsync();
        await _time.TimerAsync();

        // What is there at the beginning has been reported when something that was posted later has run.
        var turn = new Turn();
        _loop.Post(turn);
        await turn.Over.WaitAsync(Patience, Cancel);
        Wake();
        await StartAsync();
        Assert.Empty(_log.Events);
    }

    [Theory]
    [InlineData(Transport.Udp)]
    [InlineData(Transport.Tcp)]
    public async Task Run_AServiceWhoseChildrenTakeMoreThanComes_IsHeldBackNoLonger(Transport transport)
    {
        Run(transport);
        await WakeItselfAsync(last: 6);
        await _time.TimerAsync();
        _time.Advance(TimeSpan.FromMinutes(1) / WaitPace.MostInMinute);

        for (var i = 0; i < 6; i++)
        {
            var (_, end) = await StartAsync();
            Take();
            end.SetResult(ShareOutcome.Ran);
        }
    }

    [Theory]
    [InlineData(Transport.Udp)]
    [InlineData(Transport.Tcp)]
    [InlineData(Transport.UnixStream)]
    public async Task Run_AClientThatWaitsForEachAnswer_IsNotHeldBack(Transport transport)
    {
        Run(transport);
        for (var i = 0; i < WaitPace.MostInMinute + 20; i++)
        {
            using var client = Client();
            client.Send("x"u8);
            var (_, end) = await StartAsync();
            Take();
            end.SetResult(ShareOutcome.Ran);
        }
    }

    [Fact]
    public async Task Run_AServiceWithARate_IsNotHeldBack()
    {
        _admission = Maps.Admission with { Rate = new Rate(1000, TimeSpan.FromSeconds(1), 1000) };
        Run(Transport.Udp);
        await WakeItselfAsync();

        await StartAsync();
    }

    [Fact]
    public async Task Run_SeveralSockets_AnyOfThemStartsTheChild()
    {
        Run(Transport.Tcp, Transport.Udp);
        using var client = Client(1);
        client.Send("x"u8);
        var (sender, end) = await StartAsync();

        Assert.Equal(client.LocalEndPoint, sender);
        Read(1, 1);
        end.SetResult(ShareOutcome.Ran);
        using var other = Client(0);
        Assert.Null((await StartAsync()).Sender);
    }

    [Fact]
    public async Task Run_AStartThatFails_IsReportedAndTriedAgain()
    {
        _log.Expects(ListenerFailed);
        Run(Transport.Tcp);
        using var client = Client();
        (await StartAsync()).End.SetException(new InvalidOperationException("no"));
        await _time.TimerAsync();

        Assert.Equal("no", Assert.Single(_log.Of(ListenerFailed))["Reason"]);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        using var accepted = await AcceptAsync();
    }

    [Fact]
    public async Task Run_TheStop_EndsItWhileAChildRuns()
    {
        Run(Transport.Tcp);
        using var client = Client();
        await StartAsync();

        await _stopping.CancelAsync();
        await _running.WaitAsync(Patience, Cancel);
    }

    private void Run(params Transport[] transports) => Run(
        Receivers.Of((_, sender) =>
        {
            var end = new TaskCompletionSource<ShareOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            _starts.Writer.TryWrite((sender, end));
            return end.Task;
        }),
        transports);

    private void Run(Receivers receiver, params Transport[] transports)
    {
        var service = Maps.Child("wait", "/bin/true") with { Admission = _admission };
        foreach (var transport in transports)
        {
            // Port 0 is no port of a map, but a free one for a test.
            var port = Maps.Tcp(0, IPAddress.Loopback, service);
            _sockets.Add(transport is Transport.Tcp or Transport.Udp
                ? BoundSocket.Bind(new SocketPlace(port with { Key = port.Key with { Transport = transport } }, IPAddress.Loopback))
                : BoundSocket.Bind(new SocketPlace(Maps.Unix(_path, transport) with { Service = service }, null)));
            _sockets[^1].Listen();
        }

        var loop = _tested = new WaitLoop(_loop, _sockets, _log, _time, () => { });
        loop.Assign(new Assignment([.. _sockets.Select(socket => socket.Place)], receiver)
        {
            DatagramPorts = _sockets.Select(socket => socket.Socket.LocalEndPoint).OfType<IPEndPoint>().Select(end => end.Port).ToHashSet(),
        });
        _running = Task.Run(() => loop.RunAsync(_stopping.Token), Cancel);
    }

    /// <summary>Sends as a child would that ends then: the sender is gone.</summary>
    private void Wake()
    {
        using var client = Client();
        if (!_sockets[0].IsDatagram)
        {
            return;
        }

        if (_sockets[0].Socket.LocalEndPoint is IPEndPoint own)
        {
            _sockets[0].Socket.SendTo("x"u8, own);
        }
        else
        {
            client.Send("x"u8);
        }
    }

    /// <summary>Takes what waits as the child would.</summary>
    private void Take()
    {
        if (_sockets[0].IsDatagram)
        {
            Read(1);
        }
        else
        {
            _sockets[0].Socket.Accept().Dispose();
        }
    }

    /// <summary>Has the service wake itself as often as it may in a minute; the last child sends several times.</summary>
    private async Task WakeItselfAsync(int last = 1)
    {
        Wake();
        for (var i = 1; i <= WaitPace.MostInMinute; i++)
        {
            var (_, end) = await StartAsync();
            Take();
            for (var sent = 0; sent < (i == WaitPace.MostInMinute ? last : 1); sent++)
            {
                Wake();
            }

            end.SetResult(ShareOutcome.Ran);
        }
    }

    private async Task<(EndPoint? Sender, TaskCompletionSource<ShareOutcome> End)> StartAsync() =>
        await _starts.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);

    private Socket Client(int index = 0)
    {
        var server = _sockets[index].Socket;
        var isUnix = server.LocalEndPoint is not IPEndPoint;
        var client = new Socket(
            isUnix ? AddressFamily.Unix : AddressFamily.InterNetwork, server.SocketType,
            isUnix ? ProtocolType.Unspecified : server.ProtocolType);
        client.Connect(isUnix ? new UnixDomainSocketEndPoint($"\0{_path[1..]}") : server.LocalEndPoint!);
        return client;
    }

    /// <summary>Accepts as the next child would.</summary>
    private async Task<Socket> AcceptAsync()
    {
        var (_, end) = await StartAsync();
        var accepted = _sockets[0].Socket.Accept();
        end.SetResult(ShareOutcome.Ran);
        return accepted;
    }

    /// <summary>Reads as the child would.</summary>
    private byte[] Read(int count, int index = 0)
    {
        var buffer = new byte[100];
        var length = 0;
        for (var i = 0; i < count; i++)
        {
            length = _sockets[index].Socket.Receive(buffer);
        }

        return buffer[..length];
    }

    private sealed class Turn : ILoopWork
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Over => _over.Task;

        public void Run() => _over.SetResult();
    }
}
