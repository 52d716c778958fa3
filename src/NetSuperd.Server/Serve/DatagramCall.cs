using System.Net;

namespace NetSuperd.Server.Serve;

/// <summary>
/// Calls the handler of a datagram service, one datagram after the other on one thread, and fences it: an exception costs one datagram.
/// </summary>
internal sealed class DatagramCall : IDatagramReply
{
    private readonly IDatagramHandler _handler;
    private readonly HandlerName? _plugin;
    private readonly IDatagramExchange _exchange;
    private readonly Func<EndPoint?> _remote;
    private readonly Func<EndPoint> _local;
    private int? _index;
    private int _thread;

    /// <param name="instance">The handler.</param>
    /// <param name="exchange">The datagrams.</param>
    public DatagramCall(HandlerInstance instance, IDatagramExchange exchange)
    {
        _handler = instance.Datagrams;
        _plugin = instance.IsBuiltin ? null : instance.Name;
        _exchange = exchange;
        _remote = () => exchange.Remote(Index);
        _local = () => exchange.Local(Index);
    }

    // Another thread would write into the answers of the client that is served meanwhile.
    private int Index => _index is { } index && _thread == Environment.CurrentManagedThreadId ? index
        : throw new InvalidOperationException("a datagram can be read and answered only on the thread of its handler, "
            + "until the handler returns");

    /// <summary>Calls the handler.</summary>
    /// <param name="index">The datagram.</param>
    /// <returns>The exception that it has thrown; null where it returned.</returns>
    public Exception? Handle(int index)
    {
        (_index, _thread) = (index, Environment.CurrentManagedThreadId);
        if (_plugin is not null)
        {
            // The work that it starts on the pool is known as its own.
            HandlerThread.Enter(_plugin);
        }

        try
        {
            _handler.Handle(new Datagram(_exchange.Data(index), _remote, _local), this);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
        finally
        {
            _index = null;
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

        return _exchange.Answer(Index, data);
    }
}
