using System.Net;
using System.Net.Sockets;
using NetSuperd.Linux.Listen;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests;

/// <summary>Records and handlers of a service that no map has.</summary>
internal static class TallyUses
{
    private static IDisposable Nothing => new CancellationTokenSource();

    public static ConnectionRecord Open(this ConnectionTally tally, string service, StreamSocket socket) =>
        tally.Open(tally.Use(service), Protocol(socket.Family, SocketType.Stream), socket, Nothing)!;

    public static ConnectionRecord OpenShared(this ConnectionTally tally, string service, Socket socket, EndPoint? peer) =>
        tally.Open(
            tally.Use(service), Protocol(socket.RealFamily, socket.SocketType), LinuxSockets.EndOf(socket), peer, Nothing);

    private static string Protocol(AddressFamily family, SocketType type) =>
        Transports.Of(family, type, ProtocolType.Unspecified)!.Value.ProtocolName;

    public static void Start(this HandlerRunner runner, HandlerInstance instance, StreamSocket socket, ConnectionRecord record) =>
        runner.Start(instance, socket, record, Maps.Admission);

    public static HandlerInstance Handler(this ConnectionTally tally, string service, IStreamHandler handler, bool isBuiltin = false) =>
        new(tally.Use(service), handler, "", isBuiltin ? null : new Plugin("/plugins/test.dll", "", null!, [], []));
}
