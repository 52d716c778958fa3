using System.Net;

namespace NetSuperd.Testing;

/// <summary>Calls a handler of datagrams, and keeps its answers.</summary>
public sealed class TestReply : IDatagramReply
{
    private readonly List<byte[]> _answers = [];
    private int _thread;

    /// <summary>The answers to the last datagram.</summary>
    public IReadOnlyList<byte[]> Answers => _answers;

    /// <summary>Whether the daemon would send the answers, as it does unless a limit is reached; true by default.</summary>
    public bool Sends { get; set; } = true;

    /// <summary>The sender; 127.0.0.1:50000 by default, null for a unix socket without a name.</summary>
    public EndPoint? Remote { get; set; } = new IPEndPoint(IPAddress.Loopback, 50000);

    /// <summary>The address that the datagram was sent to; 127.0.0.1:2005 by default.</summary>
    public EndPoint Local { get; set; } = new IPEndPoint(IPAddress.Loopback, 2005);

    /// <summary>Has a handler serve one datagram. What it throws passes to the test.</summary>
    /// <returns>Its answers.</returns>
    public IReadOnlyList<byte[]> Ask(IDatagramHandler handler, ReadOnlySpan<byte> data)
    {
        _answers.Clear();
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            handler.Handle(new Datagram(data, () => Remote, () => Local), this);
        }
        finally
        {
            _thread = 0;
        }

        return [.. _answers];
    }

    /// <inheritdoc/>
    public bool Send(ReadOnlySpan<byte> data)
    {
        if (data.Length > IDatagramReply.MaxBytes)
        {
            throw new ArgumentException(
                $"a datagram has at most {IDatagramReply.MaxBytes} bytes, and this one has {data.Length}", nameof(data));
        }

        if (_thread != Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException(
                "a datagram can be answered only on the thread of its handler, until the handler returns");
        }

        if (Sends)
        {
            _answers.Add(data.ToArray());
        }

        return Sends;
    }
}
