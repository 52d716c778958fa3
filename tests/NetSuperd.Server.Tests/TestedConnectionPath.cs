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

/// <summary>The path of a connection between a real socket and real stages.</summary>
public abstract class TestedConnectionPath : IDisposable, IRestingListener
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private protected static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly HandlerRunner _runner;
    private readonly Spawner _spawner;
    private readonly Stages _stages;
    private readonly BoundSocket _bound = BoundSocket.Bind(new SocketPlace(Maps.Tcp(0, IPAddress.Any), IPAddress.Any));
    private readonly List<Socket> _clients = [];
    private int _woken;

    private protected RecordingLogger Log { get; } = new();

    private protected WatchedTime Time { get; } = new();

    private protected ConnectionTally Tally { get; }

    private protected Gates Gates { get; }

    private protected EventLoop Loop { get; }

    private protected Queue Backlog { get; }

    private protected int Woken => Volatile.Read(ref _woken);

    protected TestedConnectionPath()
    {
        Tally = new ConnectionTally(Log, Time);
        Gates = new Gates(Log, Time);
        Loop = new EventLoop("test", Log.LoopFailed, Time);
        _runner = new HandlerRunner(Tally, Loop, Log, Time);
        _spawner = new Spawner(Loop, Tally, Log, Time);
        _stages = new Stages(Gates, new LogShare(Tally.LeftOut, Time), _runner, _spawner, Tally, Log, Time);
        Backlog = new Queue(_bound);
        _bound.Listen();
    }

    // make build leaves it there.
    private static string Helper { get; } = Path.GetFullPath("../../../../../out/netsuperd-exec", AppContext.BaseDirectory);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        Loop.Dispose();
        _spawner.Dispose();
        _runner.Dispose();
        _bound.Dispose();
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    // The path wakes its listener, which is this one.
    void IRestingListener.Wake() => Interlocked.Increment(ref _woken);

    private protected ConnectionPath ToHandler(Admission admission)
    {
        var service = Maps.Handler("service") with { Admission = admission };
        return Open(service, new HandlerInstance(Tally.Use("service"), new EchoHandler(), "", null), null);
    }

    private protected ConnectionPath ToChildren(Admission admission, string program)
    {
        var service = Maps.Child("service", program) with { Admission = admission };
        var children = _spawner.Prepare(service, Helper, null);
        _spawner.Add(children, null);
        return Open(service, null, children);
    }

    private ConnectionPath Open(Service service, HandlerInstance? handler, ChildService? children)
    {
        var port = Maps.Tcp(0, IPAddress.Any, service);
        Gates.Apply(Maps.Of(port));
        var entrance = new Entrance(service, port.Name, Gates.Of("service"), handler, children, _stages);
        return new ConnectionPath(new SocketPlace(port, IPAddress.Any), Backlog, this, entrance, Tally);
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

    private protected async Task<Socket> ConnectAsync(string from = "127.0.0.1")
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _clients.Add(client);
        client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await client.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)_bound.Socket.LocalEndPoint!).Port, Cancel)
            .AsTask()
            .WaitAsync(Patience, Cancel);
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

    private protected static void Reset(Socket client)
    {
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
    }

    private protected Task WokenAsync(int times) => UntilAsync(() => Woken >= times);

    /// <summary>Waits until so many connections have ended so, and holds that nothing is left of them.</summary>
    private protected async Task EndedAsync(ConnectionEnd end, int count)
    {
        await UntilAsync(() => Tally.Totals["service"][end] == count && Tally.Live.Count == 0 && Gates.Total.Taken == 0);
        AssertNothingIsHeld();
    }

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
        public int Behind { get; set; }

        public override int? Count => Behind;
    }

    /// <summary>Holds up the event loop.</summary>
    private protected sealed class Held : ILoopWork, IDisposable
    {
        private readonly ManualResetEventSlim _released = new();

        public void Run() => _released.Wait(Patience);

        public void Release() => _released.Set();

        public void Dispose() => _released.Dispose();
    }
}
