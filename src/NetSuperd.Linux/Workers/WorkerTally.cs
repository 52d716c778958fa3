using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Linux.Forward;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>In a worker: keeps the records of its connections, and reports to the daemon how they end.</summary>
/// <param name="channel">The channel to the daemon.</param>
/// <param name="loop">Sends what has happened to connections in a turn of it as one message.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerTally(MessageSocket channel, EventLoop loop, TimeProvider time) : IConnectionTally, ITargetTally, ILoopWork
{
    // As many as fit into a message.
    private static readonly int MostAtOnce = MessageSocket.MostBytes / Unsafe.SizeOf<ConnectionMessage>();

    private readonly List<ConnectionMessage> _reports = [];
    private readonly SharedEnd _local = new();
    private readonly ConcurrentDictionary<long, (ConnectionRecord Record, long Moved)> _live = new();

    // Used on the loop alone.
    private readonly Dictionary<long, byte[]> _values = [];

    /// <summary>Notes what a PROXY header says of a connection that comes next.</summary>
    public void Expect(ValuesForm values) => _values[values.Id] = values.Values;

    /// <summary>The connection may not come: the daemon has ended it.</summary>
    public void Forget(long id) => _values.Remove(id);

    /// <summary>Opens the record of a connection.</summary>
    /// <param name="use">The service.</param>
    /// <param name="message">What the daemon says about it.</param>
    /// <param name="socket">The connection.</param>
    /// <param name="source">The socket from which its target is reached; null: any.</param>
    /// <returns>The record; null where the client has gone.</returns>
    public ConnectionRecord? Open(ServiceUse use, in ConnectionMessage message, StreamSocket socket, StreamSocket? source)
    {
        _values.Remove(message.Id, out var values);
        if ((message.Ends ?? SocketEnds.Of(socket)) is not { } ends)
        {
            return null;
        }

        use.Enter();
        var record = new ConnectionRecord(
            message.Id, use, protocol: "", ends.Peer, _local.For(ends.Local), ends.Credentials, time.GetTimestamp(), NoLease.Instance)
        {
            ProxyValues = values,
            HasDatagrams = message.Kind == MessageKind.ServeDatagrams,
            Source = source,
        };
        _live[record.Id] = (record, 0);
        return record;
    }

    /// <inheritdoc/>
    /// <remarks>The daemon has logged that.</remarks>
    public void Start(ConnectionRecord record)
    {
    }

    /// <inheritdoc/>
    /// <remarks>The daemon has counted that when it passed the connection to the worker.</remarks>
    public void Begin(ConnectionRecord record)
    {
    }

    /// <inheritdoc/>
    /// <remarks>The daemon limits the lines of each service.</remarks>
    public bool NamesFailure(ConnectionRecord record) => true;

    /// <inheritdoc/>
    public void Close(ConnectionRecord record, ConnectionEnd end, string? detail = null, string? reason = null)
    {
        _live.TryRemove(record.Id, out _);
        record.Source?.Dispose();
        Report(record.Id, record.EndOfTarget ?? end, record);
        record.Use.Leave();
    }

    /// <summary>Reports the end of a connection that no handler has served.</summary>
    public void Refuse(long id)
    {
        _values.Remove(id);
        Report(id, ConnectionEnd.Reset, record: null);
    }

    /// <inheritdoc/>
    public ConnectionRecord? RecordOf(long id) => _live.TryGetValue(id, out var live) ? live.Record : null;

    /// <inheritdoc/>
    public void Reach(long id, int target, EndPoint end) =>
        Report(new ConnectionMessage { Kind = MessageKind.Reached, Id = id, Handler = target, Peer = IpEnd.Of(end) });

    /// <summary>Reports that a connection is encrypted.</summary>
    public void Encrypt(long id, TlsSession session) =>
        channel.Send(WorkerJson.Write(MessageKind.Encrypted, new HandshakeForm(id, session))!);

    /// <summary>Reports what connections have received and sent since the last report.</summary>
    public void ReportMoved()
    {
        var moved = new List<ConnectionMessage>();
        foreach (var (id, (record, before)) in _live)
        {
            var bytes = record.BytesReceived + record.BytesSent;
            if (bytes != before && _live.TryUpdate(id, (record, bytes), (record, before)))
            {
                moved.Add(new ConnectionMessage
                {
                    Kind = MessageKind.Moved, Id = id, Received = record.BytesReceived, Sent = record.BytesSent,
                });
            }
        }

        Send(moved);
    }

    /// <summary>Sends what has happened to connections.</summary>
    public void Run()
    {
        List<ConnectionMessage> reports;
        lock (_reports)
        {
            reports = [.. _reports];
            _reports.Clear();
        }

        Send(reports);
    }

    private void Send(List<ConnectionMessage> reports)
    {
        for (var first = 0; first < reports.Count; first += MostAtOnce)
        {
            channel.Send(ConnectionMessage.BytesOf(reports.GetRange(first, Math.Min(MostAtOnce, reports.Count - first))));
        }
    }

    private void Report(long id, ConnectionEnd end, ConnectionRecord? record) => Report(new ConnectionMessage
    {
        Kind = MessageKind.Ended,
        End = (byte)end,
        TimedOutBy = IndexOf(record?.TimedOutBy),
        Id = id,
        Received = record?.BytesReceived ?? 0,
        Sent = record?.BytesSent ?? 0,
    });

    private void Report(in ConnectionMessage message)
    {
        lock (_reports)
        {
            _reports.Add(message);
            if (_reports.Count > 1)
            {
                return;
            }
        }

        loop.Post(this);
    }

    private static byte IndexOf(string? key)
    {
        for (var i = 0; i < AdmissionKeys.OfTime.Count; i++)
        {
            if (AdmissionKeys.OfTime[i].Name == key)
            {
                return (byte)i;
            }
        }

        return 0;
    }
}
