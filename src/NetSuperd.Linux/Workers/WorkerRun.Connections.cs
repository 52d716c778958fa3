using System.Net;
using System.Text;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <content>The connections of a process: from the message that brings one to its end, or to the service to which it is passed.</content>
internal sealed partial class WorkerRun
{
    // So many sockets fit into a message, however long their paths are.
    private const int MostShownAtOnce = 50;

    private const int MostSessionLetters = 8 * 1024;

    // A client sees what has changed before, unless that was a moment ago.
    private static readonly TimeSpan ShowInterval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _showing = new();
    private long _lastShown = -1;
    private List<byte[]> _shown = [];
    private volatile List<string> _shownOpen = [];

    /// <summary>Gives it a connection.</summary>
    public void Serve(WorkerService service, StreamSocket socket, ConnectionRecord record, Admission admission, EncryptedChild? child)
    {
        if (service.AsksServer
            && (_lastShown < 0 || time.GetElapsedTime(_lastShown) > ShowInterval || !Open().SequenceEqual(_shownOpen)))
        {
            Show();
        }

        record.WorkerPid = job.Record.Pid;
        Serve(new WorkerConnection(this, live, service, socket, record, admission) { Child = child, Source = SourceFor(service, record) });
    }

    /// <summary>The socket with the address of a client that its target is to see; null where there is none.</summary>
    /// <remarks>Only the daemon has the right to make it: a worker comes from the address of no client that it was not given.</remarks>
    private StreamSocket? SourceFor(WorkerService service, ConnectionRecord record)
    {
        if (service.Order.Forward is not { Transparent: true } || record.Peer is not IPEndPoint client)
        {
            return null;
        }

        var (source, failure) = StreamConnect.From(client.Address);
        if (failure is { } reason)
        {
            log.Fail(service.Use, record, reason);
        }

        return source;
    }

    /// <summary>Gives it a session of datagrams.</summary>
    /// <param name="service">The service.</param>
    /// <param name="socket">The end for the process of the channel with its datagrams.</param>
    /// <param name="record">Its record.</param>
    /// <param name="admission">Its time limits.</param>
    /// <param name="idle">Tells how long it has been idle.</param>
    public WorkerConnection ServeSession(
        WorkerService service, StreamSocket socket, ConnectionRecord record, Admission admission, Func<TimeSpan> idle)
    {
        record.WorkerPid = job.Record.Pid;
        var session = new WorkerConnection(this, live, service, socket, record, admission) { IdleSession = idle };
        Serve(session);
        return session;
    }

    /// <summary>Ends a session of datagrams at once.</summary>
    /// <param name="session">The session.</param>
    /// <param name="end">Replaced: another client needs its place; closed: it has had its time after the end of its socket.</param>
    public void EndSession(WorkerConnection session, ConnectionEnd end)
    {
        // First here: the process reports how it has ended, too.
        live.End(session, end, severs: true);
        Send(new ConnectionMessage { Kind = MessageKind.Abort, Id = session.Record.Id }.Bytes);
    }

    private void Serve(WorkerConnection connection)
    {
        live.Add(connection);
        if (_isLost)
        {
            connection.CloseOther();
            LoseConnections();
            return;
        }

        // They come before the connection itself, which goes in the next turn of the loop at the earliest.
        var record = connection.Record;
        if (!record.ProxyValues.IsEmpty && connection.Service.Order.Forward is { SendProxy: > 1 })
        {
            Send(WorkerJson.Write(MessageKind.Values, new ValuesForm(record.Id, record.ProxyValues.ToArray()))!);
        }

        if (_outbox.Add(connection))
        {
            // Clients that come in the same turn of the loop go in the same message.
            loop.Post(this);
        }
    }

    /// <summary>Ends a connection at once, whatever the process does.</summary>
    public void Abort(WorkerConnection connection)
    {
        Send(new ConnectionMessage { Kind = MessageKind.Abort, Id = connection.Record.Id }.Bytes);
        live.End(connection, ConnectionEnd.Aborted, severs: true);
    }

    /// <summary>Ends a connection that has lasted too long, whatever the process does.</summary>
    public void TimeOut(WorkerConnection connection)
    {
        Send(new ConnectionMessage { Kind = MessageKind.Abort, Id = connection.Record.Id }.Bytes);
        live.End(connection, ConnectionEnd.TimedOut, severs: true, AdmissionKeys.MaxDuration.Name);
    }

    private bool TakeReports(ReadOnlySpan<ConnectionMessage> reports)
    {
        foreach (ref readonly var report in reports)
        {
            if (report.Kind == MessageKind.Moved)
            {
                Note(report);
            }
            else if (!(report.Kind == MessageKind.Reached ? Reach(report) : End(report)))
            {
                return false;
            }
        }

        return true;
    }

    private WorkerConnection? Note(in ConnectionMessage message)
    {
        if (OwnOf(message.Id) is not { } connection)
        {
            return null;
        }

        // The daemon itself counts those of sessions.
        if (connection.IdleSession is null)
        {
            connection.Record.BytesReceived = Math.Max(0, message.Received);
            connection.Record.BytesSent = Math.Max(0, message.Sent);
        }

        return connection;
    }

    /// <summary>Notes the target of a forwarded connection.</summary>
    private bool Reach(in ConnectionMessage message)
    {
        if (OwnOf(message.Id) is not { } connection)
        {
            return true;
        }

        var target = connection.Service.Order.Forward?.Targets.ElementAtOrDefault(message.Handler);
        var reached = message.Peer.ToEndPoint()?.ToString();

        // Most targets are addresses: all their connections keep the text of the map, and none one of its own.
        connection.Record.Target = target is null || reached is null || reached == target ? target : reached;
        return target is not null;
    }

    private bool End(in ConnectionMessage message)
    {
        var end = (ConnectionEnd)message.End;
        var timedOutBy = end != ConnectionEnd.TimedOut ? null : AdmissionKeys.OfTime.ElementAtOrDefault(message.TimedOutBy)?.Name;
        if (end is not (ConnectionEnd.Closed or ConnectionEnd.Reset or ConnectionEnd.Aborted or ConnectionEnd.Failed
                or ConnectionEnd.Stopped or ConnectionEnd.TimedOut or ConnectionEnd.Unreachable or ConnectionEnd.TargetReset
                or ConnectionEnd.TlsFailed)
            || (end == ConnectionEnd.TimedOut && timedOutBy is null))
        {
            return false;
        }

        // The daemon may have ended the connection at the same time.
        if (Note(message) is { } connection)
        {
            // Where the worker has had it reset, an end in order would come first.
            var isReset = end is ConnectionEnd.Reset or ConnectionEnd.Aborted or ConnectionEnd.Failed or ConnectionEnd.Unreachable
                or ConnectionEnd.TargetReset;
            // A session's end in the worker is cut off in any case: the daemon's own lasts as long as that one, outside every limit.
            live.End(connection, end, severs: connection.IdleSession is not null || (isReset && HasPlugin), timedOutBy);
        }

        live.EndRelay(message.Id, this);

        return true;
    }

    private WorkerConnection? OwnOf(long id) => live.Find(id) is { } connection && connection.Run == this ? connection : null;

    /// <summary>Starts the child of a connection that is encrypted now.</summary>
    /// <returns>False where there is none to be started: the worker lies.</returns>
    private bool Encrypt(HandshakeForm encrypted)
    {
        // The daemon may have ended the connection at the same time.
        if (live.Find(encrypted.Id) is not { } connection)
        {
            return true;
        }

        // A worker of this program sends bounded texts.
        if (connection.Run != this || connection.Child is null || encrypted.Session.ToString().Length > MostSessionLetters)
        {
            return false;
        }

        connection.Record.Tls = encrypted.Session;
        live.Relay(connection);
        return true;
    }

    /// <summary>Passes a connection to a service to which its handler may pass it.</summary>
    /// <returns>False where it may not: the worker lies.</returns>
    private bool Pass(PassForm passed)
    {
        // The daemon may have ended the connection at the same time.
        if (live.Find(passed.Id) is not { } connection)
        {
            return true;
        }

        if (connection.Run != this || !connection.Service.PassesTo.Contains(passed.Service))
        {
            return false;
        }

        (connection.Record.BytesReceived, connection.Record.BytesSent) = (Math.Max(0, passed.Received), Math.Max(0, passed.Sent));
        if (!host.Pass(connection, passed.Service, passed.Greeting, passed.Refusal) && connection.GiveAway() is { } socket)
        {
            // The service has been paused or removed since the worker was told, which has closed its descriptor.
            if (passed.Refusal is { } line)
            {
                connection.Record.BytesSent += Math.Max(0, socket.Send(Encoding.UTF8.GetBytes(line + "\r\n")).Count);
            }

            SocketConnection.HangUp(socket);
        }

        if (connection.IsGivenAway)
        {
            live.Close(connection, ConnectionEnd.Closed);
        }

        return true;
    }

    /// <summary>
    /// Tells the process what its handlers may see of the server, unless they know. A handler cannot wait for an answer of the daemon.
    /// </summary>
    private void Show()
    {
        var services = _handlers.Values.Where(service => service.AsksServer).ToList();
        if (services is [])
        {
            return;
        }

        lock (_showing)
        {
            _lastShown = time.GetTimestamp();
            var open = Open();
            var forms = new List<ServerForm> { new(IsFirst: true, IsLast: false, open, [], []) };
            if (services.Exists(service => service.ShowsServer))
            {
                forms.AddRange(host.Sockets().Chunk(MostShownAtOnce).Select(part => new ServerForm(false, false, [], part, [])));
                forms.AddRange(host.Services().Chunk(MostShownAtOnce).Select(part => new ServerForm(false, false, [], [], part)));
            }

            forms[^1] = forms[^1] with { IsLast = true };
            var messages = forms.Select(form => WorkerJson.Write(MessageKind.Shown, form)).OfType<byte[]>().ToList();

            if (messages.Count != _shown.Count || messages.Zip(_shown).Any(pair => !pair.First.AsSpan().SequenceEqual(pair.Second)))
            {
                (_shown, _shownOpen) = (messages, open);
                messages.ForEach(message => Send(message));
            }
        }
    }

    /// <summary>The services to which its handlers can pass connections now.</summary>
    private List<string> Open() => [.. _handlers.Values.SelectMany(service => service.PassesTo).Distinct().Where(host.Takes)];

    private void LoseConnections()
    {
        foreach (var connection in live.All.Where(connection => connection.Run == this))
        {
            // At a stop the end of the drain time ends the process.
            live.End(connection, _isStopping ? ConnectionEnd.Aborted : ConnectionEnd.WorkerLost, severs: true);
        }

        live.EndRelays(this);
    }
}
