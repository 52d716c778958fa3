using System.Collections.Concurrent;
using NetSuperd.Server.Permit;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>The connections that workers serve, of all workers.</summary>
/// <param name="tally">Keeps the records.</param>
internal sealed class LiveConnections(ConnectionTally tally)
{
    private readonly ConcurrentDictionary<long, WorkerConnection> _live = new();
    private readonly ConcurrentDictionary<long, WorkerConnection> _relayed = new();
    private volatile TaskCompletionSource? _empty;

    /// <summary>A connection by its number; null: no worker serves it.</summary>
    public WorkerConnection? Find(long id) => _live.GetValueOrDefault(id);

    /// <summary>Whether a process may name a connection: one of its own or one that has ended, none that something else serves.</summary>
    public bool MayName(long id, WorkerRun run) => tally.Find(id) is null || Find(id)?.Run == run
        || (_relayed.TryGetValue(id, out var relayed) && relayed.Run == run);

    /// <summary>All of them.</summary>
    public IEnumerable<WorkerConnection> All => _live.Values;

    /// <summary>A worker is going to serve a connection.</summary>
    public void Add(WorkerConnection connection)
    {
        if (connection.Child is null)
        {
            tally.Start(connection.Record);
            tally.Begin(connection.Record);
        }

        _live[connection.Record.Id] = connection;
    }

    /// <summary>Ends a connection of the daemon: the first caller closes its record.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="severs">Whether it is ended for the worker as well, whatever that does; otherwise the worker says it has.</param>
    /// <param name="timedOutBy">The key of the time limit that it has exceeded; null: none.</param>
    /// <returns>False where it had ended before.</returns>
    public bool End(WorkerConnection connection, ConnectionEnd end, bool severs, string? timedOutBy = null)
    {
        if (!Remove(connection))
        {
            return false;
        }

        if (severs)
        {
            connection.Count();
            connection.Socket.Sever();
        }
        else if (connection.Run.HasPlugin)
        {
            connection.Socket.Finish();
        }
        else
        {
            // This program's own code closes what it says it has closed.
            connection.Socket.Dispose();
        }

        if (connection.Child is { } child)
        {
            // It was to start with the child, and has ended before.
            child.Dispose();
            tally.Start(connection.Record);
        }

        connection.Record.TimedOutBy = timedOutBy;
        Close(connection, end, timedOutBy);
        return true;
    }

    /// <summary>Removes a connection, whose record is open yet.</summary>
    /// <returns>False where it had ended before.</returns>
    public bool Remove(WorkerConnection connection) => _live.TryRemove(connection.Record.Id, out _);

    /// <summary>Closes the record of a connection that has been removed.</summary>
    public void Close(WorkerConnection connection, ConnectionEnd end, string? timedOutBy = null)
    {
        tally.Close(connection.Record, end, timedOutBy, timedOutBy);
        TellIfEmpty();
    }

    /// <summary>
    /// Starts the child of a connection that is encrypted now. The record is the child's from here on, and the worker passes bytes on until
    /// one of the two has ended.
    /// </summary>
    public void Relay(WorkerConnection connection)
    {
        connection.Service.Use.Enter();
        (connection.Record.Lease as Lease)?.Hold();
        _relayed[connection.Record.Id] = connection;
        if (!Remove(connection))
        {
            EndRelay(connection.Record.Id, connection.Run);
            return;
        }

        // With a copy of it, the client would not see that the worker has ended.
        connection.Socket.Dispose();
        connection.Child!.Start();
    }

    /// <summary>A process passes the bytes of a connection on no longer.</summary>
    public void EndRelay(long id, WorkerRun run)
    {
        if (_relayed.TryGetValue(id, out var connection) && connection.Run == run && _relayed.TryRemove(id, out _))
        {
            // A worker that reports an encrypted connection before it has got it still leaves its end here.
            connection.Child!.Pair.Own.Dispose();
            connection.Record.Lease.Dispose();
            connection.Service.Use.Leave();
            TellIfEmpty();
        }
    }

    /// <summary>A process has ended.</summary>
    public void EndRelays(WorkerRun run)
    {
        foreach (var id in _relayed.Keys)
        {
            EndRelay(id, run);
        }
    }

    /// <summary>Completes when no worker serves a connection. None may be added after the call.</summary>
    public Task WhenEmptyAsync()
    {
        var empty = _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TellIfEmpty();
        return empty.Task;
    }

    private void TellIfEmpty()
    {
        if (_live.IsEmpty && _relayed.IsEmpty)
        {
            _empty?.TrySetResult();
        }
    }
}
