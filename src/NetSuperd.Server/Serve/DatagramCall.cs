using System.Net;
using System.Net.Sockets;
using NetSuperd.Native;

namespace NetSuperd.Server.Serve;

/// <summary>
/// Calls the handler of a datagram service, one datagram after the other on one thread, and fences it: an exception costs one datagram.
/// </summary>
internal sealed class DatagramCall : IDatagramReply
{
    private readonly IDatagramHandler _handler;
    private readonly string? _plugin;
    private readonly IAnswerGate _gate;
    private readonly Func<EndPoint?> _remote;
    private readonly Func<EndPoint> _local;
    private DatagramBatch? _batch;
    private int _index;
    private int _thread;

    /// <param name="instance">The handler.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="gate">The gate that its answers have to pass.</param>
    public DatagramCall(HandlerInstance instance, Socket socket, IAnswerGate gate)
    {
        var bound = socket.LocalEndPoint!;
        _handler = instance.Datagrams;
        _plugin = instance.IsBuiltin ? null : instance.Use.Name;
        _gate = gate;
        _remote = () => Batch.Remote(_index);
        _local = () => bound is IPEndPoint ip && Batch.Local(_index) is { } address ? new IPEndPoint(address, ip.Port) : bound;
    }

    // Another thread would write into the answers of the client that is served meanwhile.
    private DatagramBatch Batch => _batch is { } batch && _thread == Environment.CurrentManagedThreadId ? batch
        : throw new InvalidOperationException("a datagram can be read and answered only on the thread of its handler, "
            + "until the handler returns");

    /// <summary>Calls the handler.</summary>
    /// <returns>The exception that it has thrown; null where it returned.</returns>
    public Exception? Handle(DatagramBatch batch, int index)
    {
        (_batch, _index, _thread) = (batch, index, Environment.CurrentManagedThreadId);
        if (_plugin is not null)
        {
            // The work that it starts on the pool is known as its own.
            HandlerThread.Enter(_plugin);
        }

        try
        {
            _handler.Handle(new Datagram(batch.Data(index), _remote, _local), this);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
        finally
        {
            _batch = null;
        }
    }

    /// <inheritdoc/>
    public bool Send(ReadOnlySpan<byte> data)
    {
        if (data.Length > IDatagramReply.MaxBytes)
        {
            throw new ArgumentException(
                $"a datagram has at most {IDatagramReply.MaxBytes} bytes, and this one has {data.Length}", nameof(data));
        }

        var batch = Batch;
        return _gate.MayAnswer(data) && batch.TryAnswer(_index, data);
    }
}

/// <summary>The gate for answers to datagrams.</summary>
internal interface IAnswerGate
{
    /// <summary>Whether the datagram of the call may be answered with these bytes.</summary>
    bool MayAnswer(ReadOnlySpan<byte> answer);
}
