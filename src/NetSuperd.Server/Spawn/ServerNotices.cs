using System.Text;
using NetSuperd.Native;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>What a server says of itself by sd_notify(3): that it is ready, how it is, and that it is alive.</summary>
/// <remarks>
/// Only processes of the server's session are heard; of one that has ended before its message is read, such as systemd-notify(1), only the
/// user is known. Other processes can send as well, so that each event takes only a few messages, and other descriptors of the loop have
/// their turn.
/// </remarks>
internal sealed class ServerNotices : IWatcher, IDisposable
{
    private const int MostAtOnce = 32;
    private const int MostBytes = 4096;
    private const int MostStatusChars = 256;

    private readonly NotifyListener _socket = NotifyListener.Open();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _closing = new();
    private readonly byte[] _buffer = new byte[MostBytes];
    private readonly EventLoop _loop;
    private readonly ServerRecord _server;
    private readonly uint _user;
    private readonly TimeProvider _time;
    private long? _token;
    private int _leader;
    private long _alive;
    private bool _isClosed;

    /// <param name="loop">Watches the socket.</param>
    /// <param name="server">The record of the server.</param>
    /// <param name="user">The user of the server.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="LibcException">The socket could not be opened.</exception>
    public ServerNotices(EventLoop loop, ServerRecord server, uint user, TimeProvider time) =>
        (_loop, _server, _user, _time) = (loop, server, user, time);

    /// <summary>The value of <c>NOTIFY_SOCKET</c>.</summary>
    public string Name => _socket.Name;

    /// <summary>Completes when the server has said that it is ready.</summary>
    public Task IsReady => _ready.Task;

    /// <summary>How long ago the server was ready, or said last that it is alive.</summary>
    public TimeSpan Silence => _time.GetElapsedTime(Volatile.Read(ref _alive));

    /// <summary>The server has been started: it may have said something already.</summary>
    /// <param name="leader">Its process, which leads its session.</param>
    public void Begin(int leader)
    {
        lock (_closing)
        {
            if (_isClosed)
            {
                return;
            }

            _leader = leader;
            try
            {
                _token = _loop.Watch(_socket.Handle, this, Events.Read);
            }
            catch (LibcException)
            {
                // No memory is left to watch it: start_timeout ends the server.
            }
        }
    }

    /// <inheritdoc/>
    public void Ready(Events events)
    {
        lock (_closing)
        {
            for (var taken = 0; taken < MostAtOnce && !_isClosed && _socket.TryReceive(_buffer) is var (length, sender); taken++)
            {
                if (IsOfServer(sender))
                {
                    Take(Encoding.UTF8.GetString(_buffer, 0, length));
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_closing)
        {
            _isClosed = true;
            if (_token is { } token)
            {
                // Closing its only descriptor takes it out of the loop.
                _loop.Forget(token);
            }

            _socket.Dispose();
        }
    }

    /// <summary>
    /// Whether a sender is a process of the server. A server without rights cannot change its user, so that a message of another user costs
    /// no look at the process.
    /// </summary>
    private bool IsOfServer(PeerCredentials sender) => sender.Pid == _leader
        || ((_user == 0 || sender.Uid == _user) && (ProcessSession.Has(_leader, sender.Pid) ?? sender.Uid == _user));

    private void Take(string message)
    {
        foreach (var line in message.Split('\n'))
        {
            switch (line)
            {
                case "READY=1":
                    Volatile.Write(ref _alive, _time.GetTimestamp());
                    _server.Ready();
                    _ready.TrySetResult();
                    break;
                case "WATCHDOG=1":
                    Volatile.Write(ref _alive, _time.GetTimestamp());
                    break;
                case not null when line.StartsWith("STATUS=", StringComparison.Ordinal):
                    var text = line["STATUS=".Length..];
                    _server.Say(text.Length <= MostStatusChars ? text : text[..MostStatusChars]);
                    break;
            }
        }
    }
}
