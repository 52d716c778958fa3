using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetSuperd.Builtins;
using NetSuperd.Linux;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Proxy;
using NetSuperd.Server.Serve;
using NetSuperd.Linux.Spawn;
using NetSuperd.Server.Tally;
using NetSuperd.Linux.Workers;

namespace NetSuperd.Server.Tests;

/// <summary>The path of a connection between a real socket and real stages.</summary>
public abstract class TestedConnectionPath : TestedRunner, IWaitingListener
{
    private protected static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Spawner _spawner;
    private readonly Stages _stages;
    private readonly BoundSocket _bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(Maps.Tcp(0, IPAddress.Any), IPAddress.Any));
    private readonly List<Socket> _clients = [];
    private int _woken;

    private protected WatchedTime Time { get; }

    private protected Gates Gates { get; }

    private protected Queue Backlog { get; }

    private protected HeaderWaits Headers { get; }

    private protected int Woken => Volatile.Read(ref _woken);

    protected TestedConnectionPath()
        : this(new WatchedTime())
    {
    }

    private TestedConnectionPath(WatchedTime time)
        : base(time)
    {
        Time = time;
        Gates = new Gates(Log, time);
        _spawner = new Spawner(Loop, Tally, Log, time);
        Headers = new HeaderWaits(Loop, Loop, Tally, Log, time);
        _stages = new Stages(Gates, new LogShare(Tally, time), Runner, Headers, Tally, Log, Loop, time);
        Backlog = new Queue(_bound);
        _bound.Listen();
    }

    // make build leaves it there.
    private static string Helper { get; } = Path.GetFullPath("../../../../../out/netsuperd-exec", AppContext.BaseDirectory);

    public override async ValueTask DisposeAsync()
    {
        try
        {
            ReleaseLatches();
            await _spawner.FinishAsync().WaitAsync(Patience);
            await _spawner.Ends.StopAsync(TimeSpan.Zero, CancellationToken.None).WaitAsync(Patience);
            await base.DisposeAsync();
        }
        finally
        {
            Loop.Dispose();
            _spawner.Dispose();
            _clients.ForEach(client => client.Dispose());
            _bound.Dispose();
            GC.SuppressFinalize(this);
        }
    }

    // The path wakes its listener, which is this one.
    void IWaitingListener.Wake() => Interlocked.Increment(ref _woken);

    private protected ConnectionPath ToHandler(Admission admission, ImmutableArray<PeerRule>? trusted = null)
    {
        var service = Maps.Handler("service") with { Admission = admission };
        var handler = new HandlerInstance(Tally.Use("service"), new EchoHandler(), "", null);
        return Open(service, new HandlerDestination(handler, Runner, admission), trusted);
    }

    private protected ConnectionPath ToChildren(Admission admission, string program)
    {
        var service = Maps.Child("service", program) with { Admission = admission };
        var children = _spawner.Prepare(service, Helper, null);
        _spawner.Add(children, null);
        return Open(service, new ChildDestination(service, "", children, worker: null, _spawner, Tally));
    }

    /// <summary>Accepts a connection for a worker of which no process serves, once the connection has sent its first bytes.</summary>
    private protected async Task<Socket> AcceptForAbsentWorkerAsync(byte[] first, ImmutableArray<PeerRule> trusted)
    {
        var service = Maps.Handler("service");
        Gates.Apply(Maps.Of(Maps.Tcp(0, IPAddress.Any, service)));
        var worker = new WorkerService(
            Tally.Use("service"), new Worker(null!, null!, Log, Time), order: null!, plugin: null, definition: "", tls: null);
        var entrance = new Entrance(service, Gates.Of("service"), new WorkerDestination(worker, Maps.Admission), _stages);
        var client = await ConnectAsync();
        await client.SendAsync(first, Cancel);
        var (socket, lease) = (Backlog.Accept()!, entrance.Gates.TryEnter(wait: null)!);
        var record = Tally.Open(entrance.Use, "TCP", socket, lease)!;
        Headers.Receive(new Client(socket, record, lease), entrance, service, new PeerRules(trusted, []));
        return client;
    }

    private ConnectionPath Open(Service service, IDestination destination, ImmutableArray<PeerRule>? trusted = null)
    {
        var port = Maps.Tcp(0, IPAddress.Any, service) with { Trusted = trusted };
        Gates.Apply(Maps.Of(port));
        var entrance = new Entrance(service, Gates.Of("service"), destination, _stages);
        return new ConnectionPath(new SocketPlace(port, IPAddress.Any), Backlog, this, entrance, _stages);
    }

    /// <summary>
    /// A path with a client that was accepted before there is a token for it: another source has used them up and many wait.
    /// </summary>
    private protected async Task<(ConnectionPath Path, Socket Client)> WithAWaitingClientAsync()
    {
        const int Tokens = 4;
        var path = ToHandler(Maps.Admission with { Rate = new Rate(2, Second, Tokens) });
        for (var i = 0; i < Tokens; i++)
        {
            var served = await ConnectAsync();
            Assert.Equal(AcceptOutcome.HandedOn, path.Receive(mayWait: true));
            await ExchangeAsync(served);
        }

        Backlog.Behind = 100;
        var client = await ConnectAsync("127.0.0.2");
        Assert.Equal(AcceptOutcome.Waits, path.Receive(mayWait: true));
        Assert.Equal((true, "rate"), (path.HasClient, Gates.Of("service").Deferring));
        return (path, client);
    }

    /// <summary>A client that waits in the backlog: to itself it is connected a moment before the system has it there.</summary>
    private protected async Task<Socket> ConnectAsync(string from = "127.0.0.1")
    {
        var before = Backlog.Waiting;
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _clients.Add(client);
        client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await client.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)_bound.Socket.LocalEndPoint!).Port, Cancel)
            .AsTask()
            .WaitAsync(Patience, Cancel);
        await UntilAsync(() => Backlog.Waiting > before);
        return client;
    }

    private protected static async Task<string> ExchangeAsync(Socket client)
    {
        await client.SendAsync("TEST"u8.ToArray(), Cancel).AsTask().WaitAsync(Patience, Cancel);
        client.Shutdown(SocketShutdown.Send);
        return await ReceiveAsync(client);
    }

    /// <returns>What comes until the end, also where that is a reset.</returns>
    private protected static async Task<string> ReceiveAsync(Socket client)
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

    /// <summary>Ends a client that has not been accepted yet, and waits until the system has the reset.</summary>
    private protected static async Task ResetAsync(Socket client)
    {
        var (own, server) = ((IPEndPoint)client.LocalEndPoint!, (IPEndPoint)client.RemoteEndPoint!);
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        await UntilAsync(() => !SocketDiagnosis.Waiting(server)!.Any(waiting => waiting.Peer.Equals(own)));
    }

    private protected Task WokenAsync(int times) => UntilAsync(() => Woken >= times);

    /// <summary>Waits until so many connections have ended so, and nothing is left of them.</summary>
    private protected Task EndedAsync(ConnectionEnd end, int count) => UntilAsync(() =>
        Tally.Totals["service"][end] == count && Tally.Live.Count == 0 && (Gates.Total.Taken, Gates.Of("service").Taken) == (0, 0));

    private protected void AssertNothingIsHeld()
    {
        Assert.Equal((0, 0), (Gates.Total.Taken, Gates.Of("service").Taken));
        Assert.Empty(Tally.Live);
    }

    private static async Task UntilAsync(Func<bool> condition) =>
        Assert.True(await Task.Run(() => SpinWait.SpinUntil(condition, Patience), Cancel));

    /// <summary>A backlog of which the test says how many wait in it.</summary>
    private protected sealed class Queue(BoundSocket bound) : Backlog(bound, null)
    {
        /// <summary>How many really wait.</summary>
        public int Waiting => base.Count ?? 0;

        public int Behind { get; set; }

        public override int? Count => Behind;
    }
}
