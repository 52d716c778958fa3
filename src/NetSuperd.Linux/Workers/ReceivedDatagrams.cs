using System.Diagnostics;
using System.Net;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>In a worker: serves the datagrams of a socket of the daemon, on the thread of their handler.</summary>
internal sealed class ReceivedDatagrams : IWatcher, IDatagramExchange
{
    // So that the daemon sees that a slow handler works.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(100);

    private readonly byte[] _buffer = new byte[DatagramMessage.MostBytes];
    private readonly DatagramMessage _answers = new();
    private readonly MessageSocket _channel;
    private readonly DatagramThread _thread;
    private readonly DatagramTally _tally;
    private readonly DatagramCall _call;
    private readonly HandlerName _name;
    private readonly EndPoint _bound;
    private readonly Func<(EndPoint? Peer, EndPoint Local)> _between;
    private DatagramPart _part;
    private long _token;
    private long _sent;

    /// <param name="channel">The channel to the daemon for these datagrams.</param>
    /// <param name="handler">The handler.</param>
    /// <param name="bound">The address of the socket.</param>
    /// <param name="thread">The thread of the handler.</param>
    /// <param name="tally">Logs what fails.</param>
    public ReceivedDatagrams(MessageSocket channel, HandlerInstance handler, EndPoint bound, DatagramThread thread, DatagramTally tally)
    {
        (_channel, _bound, _thread, _tally, _name) = (channel, bound, thread, tally, handler.Name);
        _call = new DatagramCall(handler, this);
        _between = () => (Remote(0), Local(0));
    }

    /// <summary>Begins to receive.</summary>
    /// <exception cref="CallException">The channel cannot be watched.</exception>
    public void Watch()
    {
        _tally.Use.Enter();
        try
        {
            _token = _thread.Loop.Watch(_channel.Handle, this, Events.Read);
        }
        catch (CallException)
        {
            _tally.Use.Leave();
            throw;
        }
    }

    /// <summary>Serves the datagrams of a message.</summary>
    public void Ready(Events events)
    {
        var received = _channel.Receive(_buffer);
        if (received.MustWait)
        {
            return;
        }

        if (received.Count <= 0)
        {
            _thread.Loop.Forget(_channel.Handle, _token);
            _channel.Dispose();
            _tally.Use.Leave();
            return;
        }

        _thread.Begin(_name.Service, _name.Handler);
        try
        {
            Serve(_buffer.AsMemory(0, received.Count));
        }
        finally
        {
            _thread.End();
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Data(int index) => _part.Data.Span;

    /// <inheritdoc/>
    public EndPoint? Remote(int index) => DatagramAddress.Of(_part.Sender.Span);

    /// <inheritdoc/>
    public EndPoint Local(int index) =>
        _bound is IPEndPoint ip && DatagramAddress.OfDestination(_part.Local.Span) is { } to ? new IPEndPoint(to, ip.Port) : _bound;

    /// <inheritdoc/>
    /// <remarks>The daemon judges the answer when it gets it.</remarks>
    public bool Answer(int index, ReadOnlySpan<byte> data)
    {
        if (_part.Sender.IsEmpty)
        {
            return false;
        }

        Say(DatagramWord.Answer, index, data);
        return true;
    }

    private void Serve(ReadOnlyMemory<byte> message)
    {
        _sent = Stopwatch.GetTimestamp();
        while (DatagramMessage.TryRead(ref message, out _part))
        {
            var failure = _call.Handle(_part.Index);
            if (failure is not null)
            {
                _tally.Fail(failure, _between);
            }

            Say(failure is null ? DatagramWord.Served : DatagramWord.Failed, _part.Index, data: []);
            if (Stopwatch.GetElapsedTime(_sent) > LongestDelay)
            {
                Send();
            }
        }

        Send();
    }

    private void Say(DatagramWord word, int index, ReadOnlySpan<byte> data)
    {
        if (!_answers.TryAdd(word, index, data))
        {
            Send();
            _answers.TryAdd(word, index, data);
        }
    }

    private void Send()
    {
        if (!_answers.IsEmpty)
        {
            _channel.Send(_answers.Bytes);
            _answers.Clear();
        }

        _sent = Stopwatch.GetTimestamp();
    }
}
