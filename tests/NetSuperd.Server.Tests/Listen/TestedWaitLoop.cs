using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using NetSuperd.Linux;
using NetSuperd.Linux.Listen;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>A wait loop with its sockets, and what the clients and the children of its service do.</summary>
public abstract class TestedWaitLoop : IAsyncLifetime
{
    private protected const int ListenerFailed = 2006, WaitBackoff = 2008, DatagramDropped = 2009, WakesItself = 2019,
        WaitNotStarted = 2021;
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private protected RecordingLogger Log { get; } = new();

    private protected WatchedTime Time { get; } = new();

    private protected EventLoop Loop { get; }

    private protected StartTurn Turns { get; } = new();

    private protected CancellationTokenSource Stopping { get; } = new();

    private protected Channel<(EndPoint? Sender, TaskCompletionSource<ChildOutcome> End)> Starts { get; } =
        Channel.CreateUnbounded<(EndPoint?, TaskCompletionSource<ChildOutcome>)>();

    private protected List<BoundSocket> Sockets { get; } = [];

    private protected string SocketPath { get; } = $"@netsuperd-{Guid.NewGuid():N}";

    private protected Admission Limits { get; set; } = Maps.Admission;

    private protected WaitLoop? Tested { get; set; }

    private protected Task Running { get; set; } = Task.CompletedTask;

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected TestedWaitLoop() => Loop = new EventLoop("test", new Epoll(), Log.LoopFailed);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Stopping.CancelAsync();
        await Running.WaitAsync(Patience, Cancel);
        Loop.Dispose();
        Sockets.ForEach(socket => socket.Dispose());
        Stopping.Dispose();
        Turns.Dispose();
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Run(params Transport[] transports) => Run(Receiver(), transports);

    private protected void Run(Receivers receiver, params Transport[] transports)
    {
        var service = Maps.Child("wait", "/bin/true") with { Admission = Limits };
        foreach (var transport in transports)
        {
            // Port 0 is no port of a map, but a free one for a test.
            var port = Maps.Tcp(0, IPAddress.Loopback, service);
            Sockets.Add(transport is Transport.Tcp or Transport.Udp
                ? BoundSocket.Bind(
                    new LinuxHost(), new SocketPlace(port with { Key = port.Key with { Transport = transport } }, IPAddress.Loopback))
                : BoundSocket.Bind(new LinuxHost(), new SocketPlace(Maps.Unix(SocketPath, transport) with { Service = service }, null)));
            Sockets[^1].Listen();
        }

        Begin(receiver);
    }

    /// <summary>Runs it with a socket of whose clients the system tells only whether any wait: so the map says, whatever it is.</summary>
    /// <param name="status">The exit status of each child.</param>
    private protected void RunUncounted(int status)
    {
        var service = Maps.Child("wait", "/bin/true");
        var port = Maps.Vsock(null, 7001) with { Service = service with { Program = service.Program! with { Wait = true } } };
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        var place = new SocketPlace(port, null);
        Sockets.Add(BoundSocket.Adopt(new LinuxHost(), place, socket, Task.CompletedTask, isDualStack: false, isOwn: false));
        var receiver = Receiver();
        receiver.Record = new ConnectionTally(Log, Time).OpenShared("wait", socket, null);
        receiver.Record.Usage = new ChildEnd(status, null, TimeSpan.Zero, TimeSpan.Zero, 0);
        Begin(receiver);
    }

    private Receivers Receiver() => Receivers.Of((_, sender) =>
    {
        var end = new TaskCompletionSource<ChildOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Writer.TryWrite((sender, end));
        return end.Task;
    });

    private void Begin(Receivers receiver)
    {
        var loop = Tested = new WaitLoop(Loop, Sockets, Turns, Log, Time, () => { });
        loop.Assign(new Assignment([.. Sockets.Select(socket => socket.Place)], receiver)
        {
            DatagramPorts = Sockets.Select(socket => socket.Socket.LocalEndPoint).OfType<IPEndPoint>().Select(end => end.Port).ToHashSet(),
        });
        Running = loop.RunAsync(Stopping.Token);
    }

    private protected async Task<(EndPoint? Sender, TaskCompletionSource<ChildOutcome> End)> StartAsync() =>
        await Starts.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);

    private protected Socket Client(int index = 0)
    {
        var server = Sockets[index].Socket;
        var isUnix = server.LocalEndPoint is not IPEndPoint;
        var client = new Socket(
            isUnix ? AddressFamily.Unix : AddressFamily.InterNetwork, server.SocketType,
            isUnix ? ProtocolType.Unspecified : server.ProtocolType);
        client.Connect(isUnix ? new UnixDomainSocketEndPoint($"\0{SocketPath[1..]}") : server.LocalEndPoint!);
        return client;
    }

    /// <summary>Accepts as the next child would.</summary>
    private protected async Task<Socket> AcceptAsync()
    {
        var (_, end) = await StartAsync();
        var accepted = Sockets[0].Socket.Accept();
        end.SetResult(ChildOutcome.Ran);
        return accepted;
    }

    /// <summary>Reads as the child would.</summary>
    private protected byte[] Read(int count, int index = 0)
    {
        var buffer = new byte[100];
        var length = 0;
        for (var i = 0; i < count; i++)
        {
            length = Sockets[index].Socket.Receive(buffer);
        }

        return buffer[..length];
    }
}
