using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Listen;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>Receivers that let everybody in.</summary>
internal static class Receivers
{
    public static Receiver Of(Func<Port, StreamSocket, ValueTask> accepted) =>
        new(Enter, (port, socket, _) => accepted(port, socket), NoDatagrams, (_, _, _, _) => Task.FromResult(ShareOutcome.Ran));

    public static Receiver Of(Func<IReadOnlyList<(Port Port, Socket Socket)>, EndPoint?, Task<ShareOutcome>> shared) => new(
        Enter, (_, _, _) => throw new InvalidOperationException("nothing is accepted"), NoDatagrams, (sockets, sender, _, _) => shared(sockets, sender));

    public static IDatagramReceiver NoDatagrams(Port port, Socket socket) => throw new InvalidOperationException("no datagrams are handled");

    private static ValueTask<IDisposable?> Enter(Port port, bool mayWait, Func<int>? waiting, CancellationToken stopping) =>
        ValueTask.FromResult<IDisposable?>(new CancellationTokenSource());
}
