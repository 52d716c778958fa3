using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tests.Config;

namespace NetSuperd.Server.Tests.Listen;

/// <remarks>By themselves: binding a path changes the mode mask of the process for a moment.</remarks>
[Collection(Alone.Name)]
public sealed class ListenerSetTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly RecordingLogger _log = new();
    private readonly TemporaryFolder _folder = new();

    private string SocketPath => Path.Combine(_folder.Path, "s.sock");

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Bind_OneSocketTaken_BindsNoneAndNamesTheHolder()
    {
        using var holder = Holder();
        var taken = ((IPEndPoint)holder.LocalEndPoint!).Port;
        var free = FreePort();

        var (set, failures) = Bind(Maps.Tcp(free, IPAddress.Loopback), Maps.Unix(SocketPath), Maps.Tcp(taken, IPAddress.Loopback));

        Assert.Null(set);
        var failure = Assert.Single(failures);
        Assert.False(failure.IsPermission);
        Assert.Contains($"127.0.0.1:{taken}", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"(pid {Environment.ProcessId})", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(SocketPath));
        using var again = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        again.Bind(new IPEndPoint(IPAddress.Loopback, free));
    }

    [Fact]
    public void Bind_EverythingWrong_TellsEveryFailure()
    {
        using var holder = Holder();
        var taken = ((IPEndPoint)holder.LocalEndPoint!).Port;

        var (set, failures) = Bind(
            Maps.Tcp(taken, IPAddress.Loopback),
            Maps.Tcp(FreePort(), IPAddress.Parse("192.0.2.77")),
            Maps.Tcp(FreePort(), IPAddress.Loopback) with { Device = "nodevice0" },
            Maps.Unix(Path.Combine(_folder.Path, "missing", "s.sock")),
            Maps.Unix(_folder.Write("file.sock", "kept")));

        Assert.Null(set);
        Assert.Equal(5, failures.Count);
        Assert.Equal("kept", File.ReadAllText(Path.Combine(_folder.Path, "file.sock")));
    }

    [Fact]
    public async Task Bind_APortWithoutAnAddress_IsServedOnIPv4AndIPv6()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6");
        var port = FreePort();
        using var set = Bind(Maps.Tcp(port, null)).Set!;

        set.Announce();
        Assert.Equal([$"0.0.0.0:{port}", $"[::]:{port}"], set.Listeners().Select(listener => listener.Local));
        Assert.Equal([2001, 2001], _log.Ids);
        Assert.True(await AnswersAsync(new IPEndPoint(IPAddress.Loopback, port)));
        Assert.True(await AnswersAsync(new IPEndPoint(IPAddress.IPv6Loopback, port)));
    }

    [Fact]
    public async Task Bind_AnAddressBesideTheWildcard_TheMoreSpecificAnswers()
    {
        var port = FreePort();
        var everywhere = Maps.Tcp(port, null, Maps.Handler("outside")) with { SharesNumber = true };
        var inside = Maps.Tcp(port, IPAddress.Parse("127.0.0.2"), Maps.Handler("inside")) with { SharesNumber = true };
        using var set = Bind(everywhere, inside).Set!;
        using var stopping = new CancellationTokenSource(Patience);
        var served = System.Threading.Channels.Channel.CreateUnbounded<string>();
        var loops = set.Listeners().Select(listener => Task.Run(() => listener.RunAsync(
            (entry, socket) =>
            {
                socket.Dispose();
                return served.Writer.WriteAsync(entry.Service.Name);
            },
            stopping.Token))).ToList();

        Assert.True(await AnswersAsync(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port)));
        Assert.Equal("inside", await served.Reader.ReadAsync(stopping.Token));
        Assert.True(await AnswersAsync(new IPEndPoint(IPAddress.Parse("127.0.0.3"), port)));
        Assert.Equal("outside", await served.Reader.ReadAsync(stopping.Token));
        await stopping.CancelAsync();
        await Task.WhenAll(loops).WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Bind_AStaleSocketFile_IsReplaced()
    {
        using (UnixListener.Bind(SocketPath, SocketType.Stream))
        {
        }

        Assert.True(File.Exists(SocketPath));
        using var set = Bind(Maps.Unix(SocketPath) with { Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite }).Set!;

        Assert.True(await AnswersAsync(new UnixDomainSocketEndPoint(SocketPath)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite, File.GetUnixFileMode(SocketPath));
        set.Unlink();
        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public async Task Bind_ALiveSocketFile_IsAnErrorAndStaysServed()
    {
        using var live = UnixListener.Bind(SocketPath, SocketType.Stream);
        live.Listen();

        var (set, failures) = Bind(Maps.Unix(SocketPath));

        Assert.Null(set);
        Assert.Single(failures);
        Assert.True(await AnswersAsync(new UnixDomainSocketEndPoint(SocketPath)));
    }

    [Fact]
    public void Unlink_AFileThatIsNotOursAnyMore_IsLeft()
    {
        using var set = Bind(Maps.Unix(SocketPath)).Set!;
        File.Delete(SocketPath);
        File.WriteAllText(SocketPath, "another's");

        set.Unlink();

        Assert.Equal("another's", File.ReadAllText(SocketPath));
    }

    [Fact]
    public async Task Bind_AbstractAndSeqpacketSockets_Listen()
    {
        var name = $"@netsuperd-{Guid.NewGuid():N}";
        using var set = Bind(Maps.Unix(name), Maps.Unix(SocketPath, Transport.UnixSeqpacket)).Set!;

        Assert.True(await AnswersAsync(new UnixDomainSocketEndPoint($"\0{name[1..]}")));
        Assert.True(UnixListener.IsServed(SocketPath, SocketType.Seqpacket));
    }

    private (ListenerSet? Set, IReadOnlyList<BindFailure> Failures) Bind(params Port[] ports) => ListenerSet.Bind(Maps.Of(ports), _log, TimeProvider.System);

    private static Socket Holder()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static int FreePort()
    {
        using var socket = Holder();
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task<bool> AnswersAsync(EndPoint address)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(address, limit.Token);
        return client.Connected;
    }
}
