using System.Net;
using System.Net.Sockets;
using System.Text;
using NetSuperd.Builtins;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Spawn;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests;

/// <summary>
/// The path between a real socket and real stages: what is taken for a client is given back, and its record closed, whatever becomes of it.
/// </summary>
/// <remarks>By themselves: children are started.</remarks>
[Collection(Alone.Name)]
public sealed class ConnectionPathTests : IDisposable, IRestingListener
{
    private const int DispatchFailed = 3002, ConnectionGone = 3001, SpawnFailed = 5001;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly RecordingLogger _log = new();
    private readonly WatchedTime _time = new();
    private readonly ConnectionTally _tally;
    private readonly Gates _gates;
    private readonly EventLoop _loop;
    private readonly HandlerRunner _runner;
    private readonly Spawner _spawner;
    private readonly Stages _stages;
    private readonly BoundSocket _bound = BoundSocket.Bind(new SocketPlace(Maps.Tcp(0, IPAddress.Any), IPAddress.Any));
    private readonly Queue _backlog;
    private readonly List<Socket> _clients = [];
    private int _woken;

    public ConnectionPathTests()
    {
        _tally = new ConnectionTally(_log, _time);
        _gates = new Gates(_log, _time);
        _loop = new EventLoop("test", _log.LoopFailed);
        _runner = new HandlerRunner(_tally, _loop, _log, _time);
        _spawner = new Spawner(_loop, _tally, _log, _time);
        _stages = new Stages(_gates, new LogShare(_tally.LeftOut, _time), _runner, _spawner, _tally, _log, _time);
        _backlog = new Queue(_bound);
        _bound.Listen();
    }

    // make build leaves it there.
    private static string Helper { get; } = Path.GetFullPath("../../../../../out/netsuperd-exec", AppContext.BaseDirectory);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _loop.Dispose();
        _spawner.Dispose();
        _runner.Dispose();
        _bound.Dispose();
        _log.Dispose();
    }

    // The path wakes its listener, which is this one.
    void IRestingListener.Wake() => Interlocked.Increment(ref _woken);

    [Fact]
    public void Receive_WithoutAClient_GivesBackWhatWasTaken()
    {
        var path = ToHandler(Maps.Admission);

        Assert.Equal(AcceptOutcome.None, path.Receive(mayWait: true));

        AssertNothingIsHeld();
        Assert.Equal(Errno.EAGAIN, _backlog.Errno);
    }

    [Fact]
    public async Task Receive_AClient_IsServedByTheHandlerAndItsPlaceIsFreeAfterwards()
    {
        var path = ToHandler(Maps.Admission);
        var client = await ConnectAsync();

        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        Assert.Equal(1, _gates.Total.Taken);
        Assert.Equal("TEST", await ExchangeAsync(client));
        await EndedAsync(ConnectionEnd.Closed, 1);
    }

    [Fact]
    public async Task Receive_AClient_IsServedByAChildAndItsPlaceIsFreeAfterwards()
    {
        var path = ToChildren(Maps.Admission, "/bin/cat");
        var client = await ConnectAsync();

        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        Assert.Equal("TEST", await ExchangeAsync(client));
        await EndedAsync(ConnectionEnd.Exited, 1);
    }

    [Fact]
    public async Task Receive_AClientThatIsNotAllowed_GetsTheBannerAndNeitherHandlerNorChild()
    {
        foreach (var open in (Func<Admission, ConnectionPath>[])[admission => ToHandler(admission), admission =>
            ToChildren(admission, "/bin/cat")])
        {
            var path = open(Maps.Admission with { Allow = [], BannerRefused = "go away" });
            var client = await ConnectAsync();

            Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

            Assert.Equal("go away\r\n", await ReceiveAsync(client));
            client.Dispose();
        }

        await EndedAsync(ConnectionEnd.Refused, 2);
    }

    [Fact]
    public async Task Receive_AClientThatHasGone_LeavesNothing()
    {
        var path = ToHandler(Maps.Admission);
        var client = await ConnectAsync();
        Reset(client);

        // accept(2) may say so itself, and does not on Linux.
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        Assert.Equal([ConnectionGone], _log.Ids);
        AssertNothingIsHeld();
    }

    [Fact]
    public async Task Receive_AtALimit_LeavesClientsInTheBacklogAndWakesTheListenerWhenAPlaceIsFree()
    {
        var path = ToHandler(Maps.Admission with { MaxConnections = 1 });
        var (first, second) = (await ConnectAsync(), await ConnectAsync());
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        Assert.Equal(AcceptOutcome.Waits, path.Receive(mayWait: true));

        Assert.Equal((0, false, false), (Volatile.Read(ref _woken), path.HasClient, path.IsEmpty));
        await ExchangeAsync(first);
        await WokenAsync(1);
        Assert.Equal(AcceptOutcome.None, path.Resume());
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));
        Assert.Equal("TEST", await ExchangeAsync(second));
        await EndedAsync(ConnectionEnd.Closed, 2);
    }

    [Fact]
    public async Task Receive_AtALimitByAListenerThatCloses_RefusesTheClient()
    {
        var path = ToHandler(Maps.Admission with { MaxConnections = 1 });
        var (first, second) = (await ConnectAsync(), await ConnectAsync());
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: false));

        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: false));

        Assert.Equal("", await ReceiveAsync(second));
        Assert.Equal(1, _gates.Total.Taken);
        Assert.Equal("TEST", await ExchangeAsync(first));
        await EndedAsync(ConnectionEnd.Refused, 1);
    }

    [Theory]
    [InlineData(false, ConnectionEnd.Closed)]
    [InlineData(true, ConnectionEnd.Reset)]
    public async Task Receive_AClientThatWaitsForAToken_IsServedWhenItIsThereUnlessItHasGone(bool leaves, ConnectionEnd end)
    {
        var (path, client) = await WithAWaitingClientAsync();
        if (leaves)
        {
            Reset(client);
        }

        _time.Advance(Second);
        await WokenAsync(1);
        Assert.Equal(AcceptOutcome.HandedOn, path.Resume());

        Assert.False(path.HasClient);
        Assert.Equal(leaves ? "" : "TEST", leaves ? "" : await ExchangeAsync(client));
        await EndedAsync(end, leaves ? 1 : 5);
    }

    [Fact]
    public async Task Close_WhileAClientWaitsForAToken_ServesItWithoutOne()
    {
        var (path, client) = await WithAWaitingClientAsync();

        path.Close();

        Assert.False(path.HasClient);
        Assert.Equal("TEST", await ExchangeAsync(client));
        await EndedAsync(ConnectionEnd.Closed, 5);
    }

    [Fact]
    public async Task Receive_WhileTooManyStartsAreUnderWay_WaitsUntilThereIsRoom()
    {
        const int MostAtOnce = 64;
        var path = ToChildren(Maps.Admission, "/bin/true");
        using var held = new Held();
        _loop.Post(held);
        var clients = new List<Socket>();
        for (var i = 0; i <= MostAtOnce; i++)
        {
            clients.Add(await ConnectAsync());
        }

        for (var i = 0; i < MostAtOnce; i++)
        {
            Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));
        }

        Assert.Equal(AcceptOutcome.Waits, path.Receive(mayWait: true));
        Assert.Equal((MostAtOnce, 0), (_gates.Total.Taken, Volatile.Read(ref _woken)));
        held.Release();

        await WokenAsync(1);
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));
        await EndedAsync(ConnectionEnd.Exited, MostAtOnce + 1);
    }

    [Fact]
    public async Task Receive_WhereTheChildCannotBeStarted_ClosesTheConnectionAndGivesBackItsPlace()
    {
        _log.Expects(SpawnFailed);
        var path = ToChildren(Maps.Admission, "/nonexistent/program");
        var client = await ConnectAsync();

        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        Assert.Equal("", await ReceiveAsync(client));
        await EndedAsync(ConnectionEnd.Unspawned, 1);
    }

    [Fact]
    public async Task Receive_WhereAStageFails_CostsThatConnectionOnly()
    {
        _log.Expects(DispatchFailed);
        var path = ToHandler(Maps.Admission);
        var (first, second) = (await ConnectAsync(), await ConnectAsync());
        _log.OnLogged = logged => _ = logged.Id is 6001 ? throw new InvalidOperationException("a bug") : 0;

        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));

        _log.OnLogged = null;
        await ReceiveAsync(first);
        Assert.Single(_log.Of(DispatchFailed));
        await EndedAsync(ConnectionEnd.Failed, 1);
        Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));
        Assert.Equal("TEST", await ExchangeAsync(second));
    }

    private ConnectionPath ToHandler(Admission admission)
    {
        var service = Maps.Handler("service") with { Admission = admission };
        return Open(service, new HandlerInstance(_tally.Use("service"), new EchoHandler(), "", null), null);
    }

    private ConnectionPath ToChildren(Admission admission, string program)
    {
        var service = Maps.Child("service", program) with { Admission = admission };
        var children = _spawner.Prepare(service, Helper, null);
        _spawner.Add(children, null);
        return Open(service, null, children);
    }

    private ConnectionPath Open(Service service, HandlerInstance? handler, ChildService? children)
    {
        var port = Maps.Tcp(0, IPAddress.Any, service);
        _gates.Apply(Maps.Of(port));
        return new ConnectionPath(new SocketPlace(port, IPAddress.Any), _backlog, this, _gates.Of("service"), handler, children, _stages);
    }

    /// <summary>
    /// A path with a client that was accepted before there is a token for it: another source has used them up and many wait.
    /// </summary>
    private async Task<(ConnectionPath Path, Socket Client)> WithAWaitingClientAsync()
    {
        const int Tokens = 4;
        var path = ToHandler(Maps.Admission with { Rate = new Rate(2, Second, Tokens) });
        for (var i = 0; i < Tokens; i++)
        {
            var served = await ConnectAsync();
            Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));
            await ExchangeAsync(served);
        }

        _backlog.Behind = 100;
        var client = await ConnectAsync("127.0.0.2");
        Assert.Equal(AcceptOutcome.Waits, path.Receive(mayWait: true));
        Assert.Equal((true, "rate"), (path.HasClient, _gates.Of("service").Deferring));
        return (path, client);
    }

    private async Task<Socket> ConnectAsync(string from = "127.0.0.1")
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _clients.Add(client);
        client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await client.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)_bound.Socket.LocalEndPoint!).Port, Cancel)
            .AsTask()
            .WaitAsync(Patience, Cancel);
        return client;
    }

    private static async Task<string> ExchangeAsync(Socket client)
    {
        await client.SendAsync("TEST"u8.ToArray(), Cancel).AsTask().WaitAsync(Patience, Cancel);
        client.Shutdown(SocketShutdown.Send);
        return await ReceiveAsync(client);
    }

    /// <returns>What comes until the end, also where that is a reset.</returns>
    private static async Task<string> ReceiveAsync(Socket client)
    {
        var (text, buffer) = (new StringBuilder(), new byte[1024]);
        try
        {
            int count;
            while ((count = await client.ReceiveAsync(buffer, Cancel).AsTask().WaitAsync(Patience, Cancel)) > 0)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return text.ToString();
        }

        return text.ToString();
    }

    private static void Reset(Socket client)
    {
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
    }

    private Task WokenAsync(int times) => UntilAsync(() => Volatile.Read(ref _woken) >= times);

    /// <summary>Waits until so many connections have ended so, and holds that nothing is left of them.</summary>
    private async Task EndedAsync(ConnectionEnd end, int count)
    {
        await UntilAsync(() => _tally.Totals["service"][end] == count && _tally.Live.Count == 0 && _gates.Total.Taken == 0);
        AssertNothingIsHeld();
    }

    private void AssertNothingIsHeld()
    {
        Assert.Equal((0, 0), (_gates.Total.Taken, _gates.Of("service").Taken));
        Assert.Empty(_tally.Live);
    }

    private static async Task UntilAsync(Func<bool> condition) =>
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(condition, Patience), Cancel));

    /// <summary>A backlog of which the test says how many wait in it.</summary>
    private sealed class Queue(BoundSocket bound) : Backlog(bound, null)
    {
        public int Behind { get; set; }

        public override int? Count => Behind;
    }

    /// <summary>Holds up the event loop.</summary>
    private sealed class Held : ILoopWork, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();

        public void Run() => _released.Wait(Patience);

        public void Release() => _released.Set();

        public void Dispose() => _released.Dispose();
    }
}
