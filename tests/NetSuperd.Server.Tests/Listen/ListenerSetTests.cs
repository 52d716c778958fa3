using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using NetSuperd.Linux;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests.Listen;

/// <remarks>By themselves: binding a path changes the mode mask of the process for a moment.</remarks>
[Collection(RunsAlone.Name)]
public sealed class ListenerSetTests : IAsyncLifetime
{
    private const int BindFailed = 2011;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly RecordingLogger _log = new();
    private readonly TemporaryFolder _folder = new();
    private readonly Channel<string> _served = Channel.CreateUnbounded<string>();
    private readonly EventLoop _loop;
    private readonly ListenerSet _set;

    public ListenerSetTests()
    {
        _loop = new EventLoop("test", new Epoll(), _log.LoopFailed);
        _set = new ListenerSet(new LinuxHost(), _loop, _loop, _log, TimeProvider.System, () => 0);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_folder.Path, "s.sock");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _set.StopAsync();
        _set.Dispose();
        _loop.Dispose();
        _folder.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Apply_OneSocketTaken_BindsNoneAndNamesTheHolder()
    {
        using var holder = Holder();
        var taken = ((IPEndPoint)holder.LocalEndPoint!).Port;
        var free = FreePorts.Next();

        var failures = await ApplyAsync(Maps.Tcp(free, IPAddress.Loopback), Maps.Unix(SocketPath), Maps.Tcp(taken, IPAddress.Loopback));

        Assert.Empty(_set.Listeners);
        var failure = Assert.Single(failures);
        Assert.False(failure.IsPermission);
        Assert.Contains($"127.0.0.1:{taken}", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"(pid {Environment.ProcessId})", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(SocketPath));
        using var again = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        again.Bind(new IPEndPoint(IPAddress.Loopback, free));
    }

    [Fact]
    public async Task Apply_SeveralSocketsThatFail_ReportsEachFailure()
    {
        using var holder = Holder();
        var taken = ((IPEndPoint)holder.LocalEndPoint!).Port;

        var failures = await ApplyAsync(
            Maps.Tcp(taken, IPAddress.Loopback),
            Maps.Tcp(FreePorts.Next(), IPAddress.Parse("192.0.2.77")),
            Maps.Tcp(FreePorts.Next(), IPAddress.Loopback) with { Device = "nodevice0" },
            Maps.Unix(Path.Combine(_folder.Path, "missing", "s.sock")),
            Maps.Unix(_folder.Write("file.sock", "kept")));

        Assert.Empty(_set.Listeners);
        Assert.Equal(5, failures.Count);
        Assert.Contains(failures, failure =>
            failure.Message.Contains("there is no network interface 'nodevice0'", StringComparison.Ordinal));
        Assert.Equal("kept", File.ReadAllText(Path.Combine(_folder.Path, "file.sock")));
    }

    [Fact]
    public async Task Apply_APortWithoutAnAddress_IsServedOnIPv4AndIPv6()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6");
        var port = FreePorts.Next();
        Assert.Empty(await ApplyAsync(Maps.Tcp(port, null)));

        Assert.Equal([$"0.0.0.0:{port}", $"[::]:{port}"], _set.Listeners.Select(listener => listener.Assignment.Places[0].Local));
        Assert.Equal([2001, 2001], _log.Ids);
        Assert.True(await AnswersAsync(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.True(await AnswersAsync(new IPEndPoint(IPAddress.IPv6Loopback, port)));
    }

    [Fact]
    public async Task Apply_AnAddressBesideTheWildcard_TheMoreSpecificAnswers()
    {
        var port = FreePorts.Next();
        var everywhere = Maps.Tcp(port, null, Maps.Handler("outside")) with { SharesNumber = true };
        var inside = Maps.Tcp(port, IPAddress.Parse("127.0.0.2"), Maps.Handler("inside")) with { SharesNumber = true };
        Assert.Empty(await ApplyAsync(everywhere, inside));
        Assert.True(await AnswersAsync(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port)));
        Assert.Equal("inside", await ServedAsync());
        Assert.True(await AnswersAsync(new IPEndPoint(IPAddress.Parse("127.0.0.3"), port)));
        Assert.Equal("outside", await ServedAsync());
    }

    [Fact]
    public async Task Apply_AnAddressBesideAWildcardThatCannotShareLater_ClosesTheWildcardFirst()
    {
        using var set = new ListenerSet(new LinuxHost { SharesPortLater = false }, _loop, _loop, _log, TimeProvider.System, () => 0);
        var (port, inside) = (FreePorts.Next(), IPAddress.Parse("127.0.0.2"));
        var everywhere = Maps.Tcp(port, null, Maps.Handler("outside"));
        Assert.Empty(await ApplyAsync(set, isAllOrNone: true, everywhere));
        var before = set.Listeners.SelectMany(listener => listener.Sockets).ToDictionary(socket => socket.Local);

        Assert.Empty(await ApplyAsync(
            set, isAllOrNone: false, everywhere with { SharesNumber = true },
            Maps.Tcp(port, inside, Maps.Handler("inside")) with { SharesNumber = true }));

        var now = set.Listeners.SelectMany(listener => listener.Sockets).ToDictionary(socket => socket.Local);
        Assert.NotSame(before[$"0.0.0.0:{port}"], now[$"0.0.0.0:{port}"]);
        Assert.Same(before[$"[::]:{port}"], now[$"[::]:{port}"]);
        Assert.True(await AnswersAsync(new IPEndPoint(inside, port)));
        Assert.Equal("inside", await ServedAsync());
        Assert.True(await AnswersAsync(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.Equal("outside", await ServedAsync());
        await set.StopAsync();
    }

    [Fact]
    public async Task Apply_AStaleSocketFile_IsReplaced()
    {
        using (UnixListener.Bind(SocketPath, SocketType.Stream))
        {
        }

        Assert.True(File.Exists(SocketPath));
        Assert.Empty(await ApplyAsync(Maps.Unix(SocketPath) with
        {
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite,
        }));

        Assert.True(await AnswersAsync(new UnixDomainSocketEndPoint(SocketPath)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite, File.GetUnixFileMode(SocketPath));
        _set.Unlink();
        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public async Task Apply_ALiveSocketFile_IsAnErrorAndStaysServed()
    {
        using var live = UnixListener.Bind(SocketPath, SocketType.Stream);
        live.Listen();

        var failures = await ApplyAsync(Maps.Unix(SocketPath));

        Assert.Empty(_set.Listeners);
        Assert.Single(failures);
        Assert.True(await AnswersAsync(new UnixDomainSocketEndPoint(SocketPath)));
    }

    [Fact]
    public async Task Apply_AgainWhileAFailedSocketIsBound_KeepsNoSecondOne()
    {
        // Those before it in the map take a while, in which it is tried again.
        _log.Expects(BindFailed);
        var others = Enumerable.Range(0, 50).Select(i => Maps.Unix(Path.Combine(_folder.Path, $"{i}.sock"))).ToList();
        var time = new WatchedTime();
        using var set = new ListenerSet(new LinuxHost(), _loop, _loop, _log, time, () => 0);
        var port = Maps.Tcp(FreePorts.Next(), IPAddress.Loopback);
        using var holder = Holder((int)port.Key.Number);
        Assert.Single(await ApplyAsync(set, isAllOrNone: false, port));
        await time.TimerAsync();
        holder.Dispose();
        var retry = Task.Run(() =>
        {
            Assert.True(SpinWait.SpinUntil(() => File.Exists(others[0].Key.Path), Patience));
            time.Advance(TimeSpan.FromMinutes(1));
        }, Cancel);

        Assert.Empty(await ApplyAsync(set, isAllOrNone: false, [.. others, port]));

        await retry;
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, (int)port.Key.Number), Cancel).AsTask().WaitAsync(Patience, Cancel);
        Assert.Equal("echo", await ServedAsync());
        await set.StopAsync();
    }

    [Fact]
    public async Task Apply_AnAddressThatComesLater_IsBoundThenAlthoughNoTimePasses()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may add an address");
        _log.Expects(BindFailed);

        // RFC 2544, for tests within a host.
        var address = IPAddress.Parse($"198.18.{Environment.ProcessId / 250 % 250}.{Environment.ProcessId % 250}");
        var time = new WatchedTime();
        using var set = new ListenerSet(new LinuxHost(), _loop, _loop, _log, time, () => 0);
        var port = Maps.Tcp(FreePorts.Next(), address);
        Assert.Single(await ApplyAsync(set, isAllOrNone: false, port));
        await time.TimerAsync();
        try
        {
            await IpAsync("add", address);
            Assert.True(SpinWait.SpinUntil(() => set.Listeners[0].State == ListenerState.Listening, Patience));
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(new IPEndPoint(address, (int)port.Key.Number), Cancel).AsTask().WaitAsync(Patience, Cancel);
            Assert.Equal("echo", await ServedAsync());
        }
        finally
        {
            await IpAsync("del", address);
            await set.StopAsync();
        }
    }

    [Fact]
    public async Task Apply_ASocketThatFailsInAnUnknownWay_AffectsThatSocketAlone()
    {
        // The notation refuses such a name: it stands for a failure that the code does not know.
        _log.Expects(BindFailed);
        var impossible = Maps.Unix("@" + new string('a', 200)) with { Service = Maps.Handler("impossible") };

        var failure = Assert.Single(await ApplyAsync(isAllOrNone: false, Maps.Unix(SocketPath), impossible));

        Assert.StartsWith("cannot bind @aaa", failure.Message, StringComparison.Ordinal);
        Assert.True(await AnswersAsync(new UnixDomainSocketEndPoint(SocketPath)));
        Assert.Equal(ListenerState.Failed, _set.Listeners[1].State);
    }

    [Fact]
    public async Task Unlink_AFileThatIsNotOursAnyMore_IsLeft()
    {
        Assert.Empty(await ApplyAsync(Maps.Unix(SocketPath)));
        File.Delete(SocketPath);
        File.WriteAllText(SocketPath, "another's");

        _set.Unlink();

        Assert.Equal("another's", File.ReadAllText(SocketPath));
    }

    [Fact]
    public async Task Apply_AbstractAndSeqpacketSockets_Listen()
    {
        var name = $"@netsuperd-{Guid.NewGuid():N}";
        Assert.Empty(await ApplyAsync(Maps.Unix(name), Maps.Unix(SocketPath, Transport.UnixSeqpacket)));

        Assert.True(await AnswersAsync(new UnixDomainSocketEndPoint($"\0{name[1..]}")));
        Assert.True(UnixListener.IsServed(SocketPath, SocketType.Seqpacket));
    }

    private Task<IReadOnlyList<BindFailure>> ApplyAsync(params Port[] ports) => ApplyAsync(isAllOrNone: true, ports);

    private Task<IReadOnlyList<BindFailure>> ApplyAsync(bool isAllOrNone, params Port[] ports) => ApplyAsync(_set, isAllOrNone, ports);

    private Task<IReadOnlyList<BindFailure>> ApplyAsync(ListenerSet set, bool isAllOrNone, params Port[] ports) => set.ApplyAsync(
        Maps.Of(ports), Receivers.Of((port, socket) =>
        {
            socket.Dispose();
            _served.Writer.TryWrite(port.Service.Name);
        }),
        NoSharing.Instance,
        isAllOrNone);

    private Task<string> ServedAsync() => _served.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);

    private static async Task IpAsync(string verb, IPAddress address)
    {
        using var command = Process.Start("ip", ["address", verb, $"{address}/32", "dev", "lo"]);
        await command.WaitForExitAsync(Cancel).WaitAsync(Patience, Cancel);
        Assert.Equal(0, command.ExitCode);
    }

    private static Socket Holder(int port = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen();
        return socket;
    }

    private static async Task<bool> AnswersAsync(EndPoint address)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(address, limit.Token);
        return client.Connected;
    }
}
