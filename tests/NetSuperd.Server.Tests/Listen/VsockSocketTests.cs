using NetSuperd.Linux;
using NetSuperd.Linux.Listen;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>Sockets of vsock(7) of a map, on hosts with and without it.</summary>
public sealed class VsockSocketTests : IDisposable
{
    private readonly RecordingLogger _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Bind_APortOfTheMap_ListensThereAndIsTakenOver()
    {
        if (FreePort() is not { } port)
        {
            return;
        }

        var place = new SocketPlace(Maps.Vsock(null, port), null);
        using var bound = BoundSocket.Bind(new LinuxHost(), place);
        bound.Listen();
        Assert.Equal(($"vsock:{port}", $"vsock vsock:{port}"), (bound.Local, place.Id));
        Assert.Equal(new VsockAddress(VsockAddress.EveryCid, port), VsockAddress.LocalOf(bound.Socket.SafeHandle));
        Assert.Equal(1, Accepts(bound));

        // As a service manager passes it on, and then as a predecessor does.
        var given = new ListenDescriptor(bound.Copy(), 3, "guests");
        var inherited = new Inheritance(new LinuxHost(), [given]);
        var (taken, holders, transport) = inherited.Adopt(place, Task.CompletedTask)!.Value;
        using (taken)
        {
            Assert.Equal((0, Transport.Vsock, 1), (holders.Count, transport, Accepts(taken)));
            Assert.Null(taken.Repair(_log));
        }
    }

    [Fact]
    public void Adopt_ASocketByTheNameOfItsEntry_TakesItWhereverItIs()
    {
        if (FreePort() is not { } port)
        {
            return;
        }

        using var bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(Maps.Vsock(null, port), null));
        var entry = Maps.Vsock(null, port == 1 ? 2 : port - 1) with { Name = "guests" };
        var inherited = new Inheritance(new LinuxHost(), [new ListenDescriptor(bound.Copy(), 3, "guests")]);

        var place = Assert.Single(inherited.Named(entry, [new SocketPlace(entry, null)]));

        Assert.Equal((true, $"vsock:{port}"), (place.IsNamed, place.Local));
        using var taken = inherited.Adopt(place, Task.CompletedTask)!.Value.Socket;
        Assert.Equal($"vsock:{port}", taken.Local);
    }

    [Fact]
    public void Bind_APortThatIsTaken_SaysWhatToDo()
    {
        if (FreePort() is not { } port)
        {
            return;
        }

        var place = new SocketPlace(Maps.Vsock(null, port), null);
        using var bound = BoundSocket.Bind(new LinuxHost(), place);

        var failure = BindFailure.Catch(new LinuxHost(), place, () => BoundSocket.Bind(new LinuxHost(), place).Dispose())!;

        Assert.StartsWith($"cannot bind vsock:{port}: address already in use; another socket has the port", failure.Message);
    }

    [Theory]
    [InlineData(Errno.EACCES, 1023, "ports below 1024 need root or CAP_NET_BIND_SERVICE", true)]
    [InlineData(Errno.EADDRNOTAVAIL, 7001, "this host does not have the context identifier", false)]
    public void Failure_OfTheSystem_NamesTheRemedy(Errno errno, uint port, string remedy, bool isPermission)
    {
        var failure = BindFailure.Of(new LinuxHost(), new SocketPlace(Maps.Vsock(0, port), null), errno);

        Assert.EndsWith(remedy, failure.Message);
        Assert.Equal(isPermission, failure.IsPermission);
    }

    [Fact]
    public void Record_OfAChildWithTheListeningSocket_HasItsAddress()
    {
        if (FreePort() is not { } port)
        {
            return;
        }

        using var bound = BoundSocket.Bind(new LinuxHost(), new SocketPlace(Maps.Vsock(null, port), null));
        var tally = new ConnectionTally(_log, TimeProvider.System);

        var record = tally.OpenShared("it", bound.Socket, null);

        Assert.Equal(("VSOCK", new VsockEndPoint(VsockEndPoint.EveryCid, port)), (record.Protocol, record.Local));
    }

    private static int Accepts(BoundSocket bound)
    {
        const int SOL_SOCKET = 1, SO_ACCEPTCONN = 30;
        Span<byte> value = stackalloc byte[sizeof(int)];
        bound.Socket.GetRawSocketOption(SOL_SOCKET, SO_ACCEPTCONN, value);
        return BitConverter.ToInt32(value);
    }

    /// <summary>A free port; null where the kernel has no such sockets, and a bind says so.</summary>
    private static uint? FreePort()
    {
        if (Transport.Vsock.Absence(SocketDomain.Absence) is { } absence)
        {
            var place = new SocketPlace(Maps.Vsock(null, 7001), null);
            var failure = BindFailure.Catch(new LinuxHost(), place, () => BoundSocket.Bind(new LinuxHost(), place).Dispose())!;
            Assert.Contains(absence, failure.Message, StringComparison.Ordinal);
            return null;
        }

        using var socket = VsockListener.Bind(new VsockAddress(VsockAddress.EveryCid, uint.MaxValue));
        return VsockAddress.LocalOf(socket.SafeHandle)!.Value.Port;
    }
}
