using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NetSuperd.Logging;
using NetSuperd.Native;

namespace NetSuperd.Control;

/// <summary>
/// The socket on which operators ask the daemon: one request and one answer for each connection, only for root and the daemon's own user.
/// Whatever a client sends or does not send costs only its own connection.
/// </summary>
internal sealed class ControlServer : IDisposable
{
    private const int Backlog = 128;
    private const int MostAtOnce = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly string _path;
    private readonly Func<ControlRequest, Task<ControlAnswer>> _answer;
    private readonly ILogger _logger;
    private readonly object _gate = new();
    private readonly Epoll _epoll = new();
    private readonly Thread _thread;
    private Socket _socket;
    private (ulong Device, ulong Inode)? _file;
    private int _live;
    private bool _stop;
    private bool _isStopped;

    private ControlServer(string path, Socket socket, Func<ControlRequest, Task<ControlAnswer>> answer, ILogger logger)
    {
        (_path, _socket, _answer, _logger, _file) = (path, socket, answer, logger, FileAt(path));
        _socket.Blocking = false;
        _epoll.Add(_socket.SafeHandle, 1);
        _thread = new Thread(Run) { IsBackground = true, Name = "control" };
        _thread.Start();
    }

    /// <summary>The listening socket, for a process that takes the daemon's place.</summary>
    public Socket Socket => _socket;

    /// <summary>Listens on a path; a socket there that nobody serves is replaced.</summary>
    /// <param name="path">The path.</param>
    /// <param name="makesFolder">Whether its folder is made where it is missing.</param>
    /// <param name="inherited">The socket of the process before this one, which still is at the path; null: there is none.</param>
    /// <param name="answer">Answers a request.</param>
    /// <param name="logger">The log.</param>
    /// <exception cref="LibcException">EADDRINUSE: another daemon has it, or a file that is no socket; or a call failed.</exception>
    public static ControlServer Open(
        string path, bool makesFolder, Socket? inherited, Func<ControlRequest, Task<ControlAnswer>> answer, ILogger logger)
    {
        if (inherited is not null && FileAt(path) is not null)
        {
            return new ControlServer(path, inherited, answer, logger);
        }

        inherited?.Dispose();
        if (makesFolder && Path.GetDirectoryName(path) is { } folder)
        {
            try
            {
                const UnixFileMode Everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                    | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
                Directory.CreateDirectory(folder, Everybody);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new LibcException("mkdir", folder, failure is UnauthorizedAccessException ? Errno.EACCES : Errno.ENOENT);
            }
        }

        return new ControlServer(path, Bind(path), answer, logger);
    }

    /// <summary>Answers on a connection that stays, one request after the other, until the other end closes it.</summary>
    public static async Task ServeChannelAsync(Socket channel, Func<ControlRequest, Task<ControlAnswer>> answer)
    {
        using var stream = new NetworkStream(channel, ownsSocket: true);
        using var rest = new MemoryStream();
        try
        {
            while (await ControlLine.ReadAsync(stream, rest, ControlLine.MostRequestBytes, CancellationToken.None) is { } line)
            {
                var (request, wrong) = ControlLine.Request(line);
                var answered = request is null ? ControlAnswer.Wrong(ExitStatus.Usage, wrong!) : await answer(request);
                await ControlLine.WriteAsync(stream, answered, ControlJson.Default.ControlAnswer, CancellationToken.None);
            }
        }
        catch (Exception gone) when (gone is IOException or InvalidDataException)
        {
            // The other process has ended.
            return;
        }
    }

    /// <summary>Binds the path anew where somebody has removed it, or put something else there.</summary>
    public void EnsurePresent()
    {
        lock (_gate)
        {
            if (_stop || FileAt(_path) == _file)
            {
                return;
            }

            try
            {
                var fresh = Bind(_path);
                fresh.Blocking = false;
                _epoll.Remove(_socket.SafeHandle);
                _socket.Dispose();
                (_socket, _file) = (fresh, FileAt(_path));
                _epoll.Add(_socket.SafeHandle, 1);
                _logger.ControlReplaced(_path);
            }
            catch (LibcException)
            {
                // Somebody else serves it, or the folder is gone: tried again at the next look.
                return;
            }
        }
    }

    /// <summary>Waits until the requests under way have their answers.</summary>
    public Task WhenAnsweredAsync() => Task.Run(() =>
    {
        lock (_gate)
        {
            while (_live > 0 && Monitor.Wait(_gate, Patience))
            {
            }
        }
    });

    /// <summary>Another process answers from now on; the path stays.</summary>
    public void StopAccepting()
    {
        lock (_gate)
        {
            if (_isStopped)
            {
                return;
            }

            (_stop, _isStopped) = (true, true);
            Monitor.PulseAll(_gate);
            _epoll.Wake();
        }

        _thread.Join();
        _epoll.Dispose();
        _socket.Dispose();
    }

    /// <summary>Stops, and removes the path if it still is ours.</summary>
    public void Dispose()
    {
        var isOurs = !_isStopped && FileAt(_path) == _file;
        StopAccepting();
        if (isOurs)
        {
            try
            {
                File.Delete(_path);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Left behind it is stale, and the next start replaces it.
                return;
            }
        }
    }

    /// <summary>Under another name first, and then in its place: the path always leads to a socket that is served.</summary>
    private static Socket Bind(string path)
    {
        if (FileStatus.Of(path) is { } there && (there.Type != FileType.Socket || UnixListener.IsServed(path, SocketType.Stream)))
        {
            throw new LibcException("bind", path, Errno.EADDRINUSE);
        }

        var beside = $"{path}.{Environment.ProcessId}";
        File.Delete(beside);
        var socket = UnixListener.Bind(beside, SocketType.Stream);
        try
        {
            UnixListener.SetAccess(beside, null, null, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(Backlog);
            File.Move(beside, path, overwrite: true);
            return socket;
        }
        catch (Exception failure)
        {
            socket.Dispose();
            File.Delete(beside);
            throw failure as LibcException ?? new LibcException("rename", path, Errno.EACCES);
        }
    }

    private static (ulong Device, ulong Inode)? FileAt(string path) =>
        FileStatus.Of(path) is { Type: FileType.Socket } status ? (status.Device, status.Inode) : null;

    private void Run()
    {
        var ready = new List<long>();
        while (true)
        {
            lock (_gate)
            {
                while (_live >= MostAtOnce && !_stop)
                {
                    Monitor.Wait(_gate);
                }

                if (_stop)
                {
                    return;
                }
            }

            try
            {
                _epoll.Wait(null, ready);
                Accept();
            }
            catch (Exception failure)
            {
                // No descriptor for one: the operator waits in the backlog.
                _logger.ControlFailed(failure);
                ready.Clear();
                _epoll.Remove(_socket.SafeHandle);
                _epoll.Wait(TimeSpan.FromSeconds(1), ready);
                _epoll.Add(_socket.SafeHandle, 1);
            }
        }
    }

    private void Accept()
    {
        Socket? client;
        lock (_gate)
        {
            client = _stop ? null : UnixListener.Accept(_socket);
            _live += client is null ? 0 : 1;
        }

        if (client is not null)
        {
            // The task never faults, and its end is noted.
            _ = Task.Run(() => ServeAsync(client));
        }
    }

    private async Task ServeAsync(Socket client)
    {
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            var answer = await AnswerAsync(client, stream);
            using var patience = new CancellationTokenSource(Patience);
            await ControlLine.WriteAsync(stream, answer, ControlJson.Default.ControlAnswer, patience.Token);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or SocketException)
        {
            // The operator has gone, or does not take the answer.
        }
        catch (Exception failure)
        {
            _logger.ControlFailed(failure);
        }
        finally
        {
            client.Dispose();
            lock (_gate)
            {
                _live--;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private async Task<ControlAnswer> AnswerAsync(Socket client, NetworkStream stream)
    {
        using var rest = new MemoryStream();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            if (await ControlLine.ReadAsync(stream, rest, ControlLine.MostRequestBytes, patience.Token) is not { } line)
            {
                return ControlAnswer.Wrong(ExitStatus.Usage, "there was no request");
            }

            // Only now: a socket that is closed with unread input takes the answer with it.
            if (Complaint(client) is { } complaint)
            {
                return ControlAnswer.Wrong(ExitStatus.NoPermission, complaint);
            }

            var (request, wrong) = ControlLine.Request(line);
            return request is null ? ControlAnswer.Wrong(ExitStatus.Usage, wrong!) : await _answer(request);
        }
        catch (InvalidDataException malformed)
        {
            return ControlAnswer.Wrong(ExitStatus.Usage, $"the request cannot be read: {malformed.Message}");
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return ControlAnswer.Wrong(ExitStatus.Usage, $"no whole request came within {Patience.TotalSeconds} s");
        }
    }

    /// <summary>Why a client may not ask; null where it may.</summary>
    private string? Complaint(Socket client)
    {
        if (PeerCredentials.Of(client) is not { } peer)
        {
            return "the system does not say who asks";
        }

        if (peer.Uid == 0 || peer.Uid == ProcessIdentity.EffectiveUserId)
        {
            return null;
        }

        _logger.ControlRefused((int)peer.Uid, peer.Pid);
        return "only root and the daemon's own user may ask";
    }
}
