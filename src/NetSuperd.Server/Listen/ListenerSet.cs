using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Listen;

/// <summary>The listening sockets of a map: all of them or none.</summary>
internal sealed class ListenerSet : IDisposable
{
    private readonly List<BoundSocket> _sockets = [];
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly DescriptorReserve _reserve = new(Descriptors.Limit, Descriptors.Count());
    private Readiness? _readiness;

    private ListenerSet(ILogger logger, TimeProvider time)
    {
        _logger = logger;
        _time = time;
    }

    /// <summary>Binds every socket of the map, and listens only when all are bound.</summary>
    /// <returns>The set, or every failure.</returns>
    public static (ListenerSet? Set, IReadOnlyList<BindFailure> Failures) Bind(Map map, ILogger logger, TimeProvider time)
    {
        var set = new ListenerSet(logger, time);
        var failures = new List<BindFailure>();
        var anywhere = Socket.OSSupportsIPv6 ? [IPAddress.Any, IPAddress.IPv6Any] : new[] { IPAddress.Any };
        if (anywhere.Length == 1 && map.Ports.Any(port => port.Key is { Path: null, Address: null }))
        {
            logger.NoIPv6();
        }

        foreach (var port in map.Ports)
        {
            if (port.Key.Path is { } path)
            {
                set.Try(port, path, failures, () => BoundSocket.BindUnix(port));
                continue;
            }

            foreach (var address in port.Key.Address is { } one ? [one] : anywhere)
            {
                var local = new IPEndPoint(address, port.Key.Number).ToString();
                set.Try(port, local, failures, () => BoundSocket.BindIp(port, address));
            }
        }

        foreach (var socket in failures.Count == 0 ? set._sockets : [])
        {
            set.Try(socket.Port, socket.Local, failures, () =>
            {
                socket.Listen();
                return null;
            });
        }

        if (failures.Count == 0)
        {
            return (set, failures);
        }

        set.Unlink();
        set.Dispose();
        return (null, failures);
    }

    /// <summary>An accept loop for each socket whose connections the daemon accepts, not started yet.</summary>
    public IEnumerable<Listener> Listeners() => _sockets.Where(bound => !IsShared(bound))
        .Select(bound => new Listener(bound.Port, bound.Local, Accept(bound), _reserve, _logger, _time));

    /// <summary>
    /// A loop for each socket that children inherit, not started yet; one for all sockets of a service whose child gets them together.
    /// </summary>
    public IEnumerable<WaitListener> WaitListeners() => _sockets.Where(IsShared)
        .GroupBy(bound => bound.Port.Service.Program!.Fds == ChildFds.Listen ? (object)bound.Port.Service : bound)
        .Select(group => new WaitListener([.. group], Watch, _logger, _time));

    /// <summary>Says what is listened on.</summary>
    public void Announce() => _sockets.ForEach(bound => _logger.Listening(bound.Local, bound.Port.Service.Name));

    /// <summary>Removes the paths of unix sockets, at the final stop.</summary>
    public void Unlink() => _sockets.ForEach(socket => socket.Unlink(_logger));

    /// <inheritdoc/>
    public void Dispose()
    {
        // The watch first: epoll would watch the number of a closed socket, which the next file gets.
        _readiness?.Dispose();
        _readiness = null;
        _sockets.ForEach(socket => socket.Dispose());
    }

    /// <summary>
    /// Watches sockets that the runtime is not to touch; made for maps that have any, before a loop of theirs runs.
    /// </summary>
    private Readiness Watch => _readiness ??= new Readiness();

    private Func<CancellationToken, ValueTask<Socket>> Accept(BoundSocket bound)
    {
        if (bound.Port.Key.Path is null)
        {
            return bound.Socket.AcceptAsync;
        }

        bound.Socket.Blocking = false;
        var readiness = Watch;
        return stopping => AcceptUnixAsync(bound, readiness, stopping);
    }

    private static async ValueTask<Socket> AcceptUnixAsync(BoundSocket bound, Readiness readiness, CancellationToken stopping)
    {
        while (true)
        {
            if (UnixListener.Accept(bound.Socket) is { } socket)
            {
                return socket;
            }

            await readiness.WhenReadableAsync([bound], stopping).ConfigureAwait(false);
        }
    }

    private static bool IsShared(BoundSocket bound) => bound.Port.Service.Program is { Wait: true };

    private void Try(Port port, string local, List<BindFailure> failures, Func<BoundSocket?> bind)
    {
        try
        {
            if (bind() is { } socket)
            {
                _sockets.Add(socket);
            }
        }
        catch (SocketException failure)
        {
            failures.Add(BindFailure.Of(port, local, (Errno)failure.NativeErrorCode));
        }
        catch (LibcException failure)
        {
            failures.Add(BindFailure.Of(port, local, failure.Errno));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            failures.Add(BindFailure.Of(port, local, Errno.EACCES, failure.Message));
        }
    }
}
