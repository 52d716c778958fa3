using System.Text;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>What a server says of itself by sd_notify(3): that it is ready, how it is, and that it is alive.</summary>
/// <remarks>
/// Only processes of the server's session are heard; of one that has ended before its message is read, such as systemd-notify(1), only the
/// user is known. Other processes can send as well, and hold the thread that receives. So each server is heard on a thread of its own,
/// which nothing else waits for: it closes the socket when it ends.
/// </remarks>
internal sealed class ServerNotices : IDisposable
{
    private const int MostBytes = 4096;
    private const int MostStatusChars = 256;

    private readonly NotifyListener _socket = NotifyListener.Open();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _closing = new();
    private readonly ServerRecord _server;
    private readonly uint _user;
    private readonly TimeProvider _time;
    private int _leader;
    private long _alive;
    private bool _isHeard;
    private bool _isClosed;

    /// <param name="server">The record of the server.</param>
    /// <param name="user">The user of the server.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="CallException">The socket could not be opened.</exception>
    public ServerNotices(ServerRecord server, uint user, TimeProvider time) => (_server, _user, _time) = (server, user, time);

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
                new Thread(Hear) { IsBackground = true, Name = "notices" }.UnsafeStart();
                _isHeard = true;
            }
            catch (OutOfMemoryException)
            {
                // No memory is left to hear it: start_timeout ends the server.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_closing)
        {
            _isClosed = true;
            if (_isHeard)
            {
                _socket.Stop();
            }
            else
            {
                _socket.Dispose();
            }
        }
    }

    private void Hear()
    {
        var buffer = new byte[MostBytes];
        while (_socket.Receive(buffer) is var (length, sender))
        {
            lock (_closing)
            {
                if (!_isClosed && IsOfServer(sender))
                {
                    Take(Encoding.UTF8.GetString(buffer, 0, length));
                }
            }
        }

        lock (_closing)
        {
            _isHeard = false;
            if (_isClosed)
            {
                _socket.Dispose();
            }
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
